import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkValues } from '../src/check-values.ts';
import type { Component } from '../src/component.ts';
import { ICalendarError } from '../src/errors.ts';
import { formatComponents } from '../src/format.ts';
import { formatJcal, type JcalComponent, parseJcalComponent } from '../src/jcal.ts';
import { decodeCalendar, parseComponents } from '../src/parse.ts';
import { corpusFiles, hasCorpus } from './support/corpus.ts';

type Outcome =
  | { readonly components: readonly Component[] }
  | { readonly code: string; readonly line?: number | undefined };

function read(octets: Uint8Array): Outcome {
  try {
    return { components: parseComponents(decodeCalendar(octets)) };
  } catch (error) {
    if (error instanceof ICalendarError) return { code: error.code, line: error.line };
    throw error;
  }
}

describe.skipIf(!hasCorpus)('the calendar files of the corpus (skipped: no corpus here)', () => {
  const files = corpusFiles().map((file) => ({ ...file, outcome: read(file.octets) }));
  const accepted = files.flatMap(({ file, octets, outcome }) =>
    'components' in outcome ? [{ file, octets, components: outcome.components }] : [],
  );

  it('are written back byte for byte, those that are accepted', () => {
    const lossy = accepted.filter(
      ({ octets, components }) => !Buffer.from(formatComponents(components)).equals(octets),
    );
    expect(lossy.map(({ file }) => file)).toEqual([]);
    expect(accepted.length).toBeGreaterThan(580);
  });

  it('are refused as listed in refused-corpus.txt, and no others', () => {
    const refused = files.flatMap(({ file, outcome }) =>
      'code' in outcome ? [`${outcome.code.padEnd(20)} ${String(outcome.line ?? '-').padStart(4)}  ${file}`] : [],
    );
    const listed = readFileSync(new URL('refused-corpus.txt', import.meta.url), 'utf8');
    const expected = listed.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(refused.toSorted()).toEqual(expected);
  });

  it('are nearly all accepted, where others call them valid', () => {
    const valid = files.filter(
      ({ file, parsers }) => /\/valid__/.test(file) && Object.values(parsers).every((verdict) => verdict === 'ok'),
    );
    const refused = valid.filter(({ outcome }) => 'code' in outcome);
    expect(valid.length).toBeGreaterThanOrEqual(50);
    expect(refused.map(({ file }) => file)).toEqual([]);
  });

  it('are refused, where they are no UTF-8', () => {
    const other = files.filter(({ features }) => features.includes('not-utf8'));
    expect(other.length).toBeGreaterThan(20);
    expect(other.filter(({ outcome }) => !('code' in outcome) || outcome.code !== 'not-utf8')).toEqual([]);
  });

  it('say the same after a detour through jCal', () => {
    const changed: string[] = [];
    for (const { file, components } of accepted) {
      for (const component of components) {
        const jcal = JSON.stringify(formatJcal(component));
        const again = formatJcal(parseJcalComponent(jcal));
        if (JSON.stringify(contentOf(again)) !== JSON.stringify(contentOf(JSON.parse(jcal) as JcalComponent)))
          changed.push(file);
      }
    }
    expect(changed).toEqual([]);
  });

  it('have values that can be checked', () => {
    const codes = new Set(
      accepted.flatMap(({ components }) => components.flatMap(checkValues)).map(({ code }) => code),
    );
    expect([...codes].toSorted()).toEqual(expect.arrayContaining(['invalid-date', 'invalid-recurrence']));
  });
});

/** What a component says. The type of a value that was not of its type is not kept, but the value is. */
function contentOf([name, properties, components]: JcalComponent): unknown {
  const lines = properties.map(([property, parameters, , ...values]) => [property, parameters, values.map(comparable)]);
  return [name, lines, components.map(contentOf)];
}

function comparable(value: unknown): unknown {
  return typeof value === 'string' && /^[\dTZ:-]+$/.test(value) ? value.replaceAll(/[:-]/g, '') : value;
}
