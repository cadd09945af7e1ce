import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { ReceiverRefusal } from '../fault.ts';
import type { Setting } from './options.ts';

/** What a request is for. */
export type Route =
  | { readonly to: 'schedule' }
  | { readonly to: 'capabilities'; readonly vocabulary: 'current' | 'first-drafts' }
  | { readonly to: 'keys'; readonly path: string }
  | { readonly to: 'options'; readonly allow: string };

const keysPath = '/.well-known/domainkey/';
const scheduleMethods = 'GET, HEAD, OPTIONS, POST';
const keysMethods = 'GET, HEAD, OPTIONS';

/**
 * Says what a request is for, by target and method. A POST is a scheduling request whatever its query says (Q4).
 *
 * @throws ReceiverRefusal for a target that is none, a path nobody answers, a method that does not fit, an unknown action.
 * @see iSchedule digest §1.5, §2, §4.
 */
export function readRoute(request: HttpRequest, setting: Setting): Route {
  const { method, target } = request;
  if (target === '*' && method === 'OPTIONS') return { to: 'options', allow: scheduleMethods };
  const { path, query } = readTarget(target);
  if (setting.deps.publishedKeys && path.startsWith(keysPath)) return keysRoute(method, path);
  if (!setting.paths.has(path)) throw new ReceiverRefusal('not-found', 'Nothing is here.');
  switch (method) {
    case 'POST':
      return { to: 'schedule' };
    case 'GET':
    case 'HEAD':
      return capabilitiesRoute(query, setting);
    case 'OPTIONS':
      return { to: 'options', allow: scheduleMethods };
    default:
      throw notAllowed(scheduleMethods);
  }
}

/** @throws nothing. */
export function answerOptions(allow: string): HttpResponse {
  return { status: 200, fields: [{ name: 'Allow', value: allow }], content: new Uint8Array() };
}

/** Origin form, or absolute form: one peer puts a redirect's whole Location into the request line. */
function readTarget(target: string): { readonly path: string; readonly query: string } {
  const local = target.replace(/^https?:\/\/[^/?#]+/i, '');
  const rest = local === '' && local !== target ? '/' : local;
  if (!rest.startsWith('/')) throw new ReceiverRefusal('bad-request', 'The request target is no path.');
  const mark = rest.indexOf('?');
  return mark === -1 ? { path: rest, query: '' } : { path: rest.slice(0, mark), query: rest.slice(mark + 1) };
}

function keysRoute(method: string, path: string): Route {
  if (method === 'OPTIONS') return { to: 'options', allow: keysMethods };
  if (method !== 'GET' && method !== 'HEAD') throw notAllowed(keysMethods);
  return { to: 'keys', path: path.slice(keysPath.length) };
}

function capabilitiesRoute(query: string, setting: Setting): Route {
  if (query === '') return { to: 'capabilities', vocabulary: 'current' };
  const parameters = new URLSearchParams(query);
  const action = parameters.get('action');
  if (action === 'capabilities') return { to: 'capabilities', vocabulary: 'current' };
  if (action === null && parameters.get('query') === 'capabilities' && setting.legacyQuery) {
    return { to: 'capabilities', vocabulary: 'first-drafts' };
  }
  if (action === null && !parameters.has('query')) return { to: 'capabilities', vocabulary: 'current' };
  throw new ReceiverRefusal('bad-request', 'The action is not known.');
}

function notAllowed(allow: string): ReceiverRefusal {
  return new ReceiverRefusal('method-not-allowed', 'The method is not allowed here.', { allow });
}
