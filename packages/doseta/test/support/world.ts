import { createFakeClock, type FakeClock } from '@isched/testkit';
import type { KeyLookup, KeyLookupOptions, KeyQuery, KeySource } from '../../src/keys/key-source.ts';
import type { QueryMethod } from '../../src/service-template.ts';

/** A clock that stands at this second until a test moves it. */
export function clockAt(seconds: number): FakeClock {
  return createFakeClock(seconds * 1_000);
}

/** A key source that answers what the test put into it, and remembers what it was asked. */
export interface ScriptedKeys extends KeySource {
  answer: KeyLookup | ((query: KeyQuery) => KeyLookup);
  readonly asked: { readonly query: KeyQuery; readonly options: KeyLookupOptions }[];
}

export function scriptedKeys(queryMethod: QueryMethod, answer: ScriptedKeys['answer']): ScriptedKeys {
  const asked: ScriptedKeys['asked'] = [];
  const source: ScriptedKeys = {
    queryMethod,
    answer,
    asked,
    lookup: (query, options = {}) => {
      asked.push({ query, options });
      return Promise.resolve(typeof source.answer === 'function' ? source.answer(query) : source.answer);
    },
  };
  return source;
}

export function found(...records: readonly string[]): KeyLookup {
  return { status: 'found', records, ttlSeconds: 3_600 };
}

export const absent: KeyLookup = { status: 'absent', ttlSeconds: 300 };

export const unavailable: KeyLookup = { status: 'unavailable', cause: new Error('nobody answers') };
