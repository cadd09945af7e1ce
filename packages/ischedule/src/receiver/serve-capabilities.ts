import type { HttpRequest, HttpResponse } from '@isched/runtime';
import type { OwnCapabilities } from '../capabilities/capabilities.ts';
import { formatCapabilities } from '../wire/capabilities-document.ts';
import { formatLegacyCapabilities } from '../wire/legacy-capabilities-document.ts';
import { xmlMediaType } from '../wire/names.ts';
import type { Setting } from './options.ts';
import type { Route } from './route.ts';
import { etagOf, serveDocument, type ServedDocument } from './serve-document.ts';

type Vocabulary = Extract<Route, { to: 'capabilities' }>['vocabulary'];

/** Answers with our capabilities; each document is written once. */
export type ServeCapabilities = (request: HttpRequest, of: OwnCapabilities, vocabulary: Vocabulary) => HttpResponse;

/** @see iSchedule digest §2. */
export function createServeCapabilities({ capabilitiesMaxAgeSeconds }: Setting): ServeCapabilities {
  const written: Record<Vocabulary, WeakMap<OwnCapabilities, ServedDocument>> = {
    current: new WeakMap(),
    'first-drafts': new WeakMap(),
  };
  const write = (of: OwnCapabilities, vocabulary: Vocabulary): ServedDocument => {
    const content = vocabulary === 'current' ? formatCapabilities(of) : formatLegacyCapabilities(of);
    const etag = etagOf(content);
    const document = { content, contentType: xmlMediaType, maxAgeSeconds: capabilitiesMaxAgeSeconds, etag };
    written[vocabulary].set(of, document);
    return document;
  };
  return (request, of, vocabulary) => serveDocument(request, written[vocabulary].get(of) ?? write(of, vocabulary));
}
