import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { freshSeconds } from '../../src/capabilities/freshness.ts';

const now = epochMs(Date.UTC(2026, 10, 22, 14, 30, 38));

describe('how long an answer is fresh', () => {
  it.each([
    [{}, 3_600],
    [{ 'Cache-Control': 'max-age=60' }, 60],
    [{ 'Cache-Control': 'public, Max-Age="90"' }, 90],
    [{ 'Cache-Control': 'max-age=60', Age: '45' }, 15],
    [{ 'Cache-Control': 'max-age=60', Age: '90' }, 0],
    [{ 'Cache-Control': 'max-age=9999999' }, 86_400],
    [{ 'Cache-Control': 'no-cache' }, 0],
    [{ 'Cache-Control': 'no-store, max-age=60' }, 0],
    [{ 'Cache-Control': 'max-age=soon' }, 3_600],
    // As Cyrus sends it.
    [{ Date: 'Sun, 22 Nov 2026 14:30:38 GMT', Expires: 'Mon, 23 Nov 2026 14:30:38 GMT' }, 86_400],
    [{ Expires: 'Sun, 22 Nov 2026 14:31:38 GMT' }, 60],
    [{ Expires: '0' }, 0],
    [{ Expires: 'Mon, 23 Nov 2026 14:30:38 GMT', 'Cache-Control': 'max-age=5' }, 5],
  ])('[IS-2.39] %j: %i seconds', (fields, seconds) => {
    const list = Object.entries(fields).map(([name, value]) => ({ name, value }));
    expect(freshSeconds(list, now)).toBe(seconds);
  });
});
