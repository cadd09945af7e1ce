import { keyDocument, type KeyQuery } from '@isched/doseta';
import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { type Abortable, DomainNameError, octetsFromText, parseDomainName } from '@isched/values';
import { ReceiverRefusal } from '../fault.ts';
import type { Setting } from './options.ts';
import { etagOf, serveDocument } from './serve-document.ts';

/**
 * Answers `/.well-known/domainkey/<d>/<s>` with the records of our own key: one a line, `text/plain`.
 *
 * @param path - what follows `/.well-known/domainkey/`.
 * @throws ReceiverRefusal `not-found` where `d` or `s` is none, or there is no such key; what `publishedKeys` throws.
 * @see iSchedule draft 05, "http/well-known"; doseta digest §5.
 */
export async function serveKeys(
  request: HttpRequest,
  { path, setting }: { readonly path: string; readonly setting: Setting },
  options: Abortable,
): Promise<HttpResponse> {
  const query = readQuery(path);
  const records = (query && (await setting.deps.publishedKeys?.(query, options))) ?? [];
  if (records.length === 0) throw new ReceiverRefusal('not-found', 'There is no such key.');
  const content = octetsFromText(keyDocument(records));
  return serveDocument(request, {
    content,
    contentType: 'text/plain', // and nothing more: one peer takes no other
    maxAgeSeconds: setting.keysMaxAgeSeconds,
    etag: etagOf(content),
  });
}

const selectorPattern = /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

function readQuery(path: string): KeyQuery | undefined {
  const [domain = '', selector = '', ...rest] = path.split('/');
  if (rest.length > 0 || !selectorPattern.test(selector)) return undefined;
  try {
    return { signingDomain: parseDomainName(domain), selector };
  } catch (error) {
    if (error instanceof DomainNameError) return undefined;
    throw error;
  }
}
