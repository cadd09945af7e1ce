import type { Component } from '../component.ts';
import { ICalendarError } from '../errors.ts';
import { formatComponents } from '../format.ts';
import { type EmbeddedZone, embeddedZone } from './embedded-zone.ts';

/**
 * Definitions that were read lately, by their text: the messages of one peer carry the same few, and working one out
 * takes longer than reading the message around it. What is kept says the same for everyone and is bounded
 * (docs/decisions/0021).
 */
const memory = new Map<string, EmbeddedZone | 'unreadable'>();

const maxKept = 64;
const maxLength = 8_192;

/** The zone of a VTIMEZONE; undefined: it can't be read, or its rules need too much work. @throws nothing. */
export function readDefinition(definition: Component): EmbeddedZone | undefined {
  const text = textOf(definition);
  const known = text === undefined ? undefined : memory.get(text);
  if (known !== undefined) return known === 'unreadable' ? undefined : known;
  const zone = readAnew(definition);
  if (text !== undefined && text.length <= maxLength) keep(text, zone ?? 'unreadable');
  return zone;
}

function textOf(definition: Component): string | undefined {
  try {
    return formatComponents([definition]);
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}

function readAnew(definition: Component): EmbeddedZone | undefined {
  try {
    const zone = embeddedZone(definition);
    zone.epochOfLocal(0); // rules that need too much work show only now
    return zone;
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}

/** The oldest makes room. */
function keep(text: string, zone: EmbeddedZone | 'unreadable'): void {
  const [oldest] = memory.keys();
  if (memory.size >= maxKept && oldest !== undefined) memory.delete(oldest);
  memory.set(text, zone);
}
