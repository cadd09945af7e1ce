import { type Clock, type Dns, type DnsAnswer, DnsUnavailable, type Srv } from '@isched/runtime';
import { type Abortable, epochMs } from '@isched/values';
import type { KeyLookup, KeyLookupOptions, KeyQuery, KeySource } from '../../src/keys/key-source.ts';
import type { QueryMethod } from '../../src/service-template.ts';

/** A clock that a test sets. */
export interface SettableClock extends Clock {
  seconds: number;
}

export function clockAt(seconds: number): SettableClock {
  const clock = { seconds, now: () => epochMs(Math.round(clock.seconds * 1_000)), sleep: () => Promise.resolve() };
  return clock;
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

/** A name system of TXT and SRV records; `'failing'` for a name that can't be asked. Everything else does not exist. */
export function scriptedDns(records: {
  readonly txt?: Readonly<Record<string, readonly (readonly string[])[] | 'failing'>>;
  readonly srv?: Readonly<Record<string, readonly Srv[] | 'failing'>>;
}): Dns & { readonly asked: string[] } {
  const asked: string[] = [];
  const answer = async <T>(
    question: string,
    found: readonly T[] | 'failing' | undefined,
    options: Abortable = {},
  ): Promise<DnsAnswer<T>> => {
    options.signal?.throwIfAborted();
    asked.push(question);
    if (found === 'failing') throw new DnsUnavailable(`SERVFAIL for ${question}`);
    return { records: found ?? [], ttlSeconds: 120 };
  };
  return {
    asked,
    addresses: (name, options) => answer(`A ${name}`, 'failing', options),
    txt: (name, options) => answer(`TXT ${name}`, records.txt?.[name], options),
    srv: (name, options) => answer(`SRV ${name}`, records.srv?.[name], options),
  };
}
