import { createGathering } from '@isched/runtime';
import { describe, expect, it } from 'vitest';

const octets = (text: string) => Buffer.from(text, 'latin1');

describe('content that arrives in pieces', () => {
  it('is whole and in order, whatever the pieces', () => {
    const text = Array.from({ length: 3_000 }, (_, index) => `piece ${index};`);
    const content = createGathering(1_000_000);
    for (const piece of text) expect(content.add(octets(piece))).toBe(true);
    expect(Buffer.from(content.octets()).toString('latin1')).toBe(text.join(''));
  });

  it('is empty where nothing came', () => {
    expect(createGathering(10).octets()).toHaveLength(0);
  });

  it('is as long as allowed and no longer', () => {
    const content = createGathering(6);
    expect(content.add(octets('abc'))).toBe(true);
    expect(content.add(octets('defg'))).toBe(false);
    expect(content.add(octets('def'))).toBe(true);
    expect(content.add(octets('g'))).toBe(false);
    expect(Buffer.from(content.octets()).toString()).toBe('abcdef');
    expect(createGathering(2).add(octets('abc'))).toBe(false);
  });

  it('never writes into what it was given', () => {
    const first = octets('abcdefgh').subarray(0, 4);
    const content = createGathering(100);
    content.add(first);
    content.add(octets('XY'));
    expect(Buffer.from(content.octets()).toString()).toBe('abcdXY');
    expect(first.toString()).toBe('abcd');
    expect(Buffer.from(first.buffer, first.byteOffset, 8).toString()).toBe('abcdefgh');
  });
});
