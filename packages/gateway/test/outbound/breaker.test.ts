import { epochMs } from '@isched/values';
import { receiverLane } from 'isched';
import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../src/outbound/breaker.ts';

const lane = receiverLane('https://beta.example/');
const other = receiverLane('https://gamma.example/');
const at = (seconds: number) => epochMs(1_795_000_000_000 + seconds * 1000);

function failing(times: number, seconds = 0) {
  const breaker = createBreaker({ failures: 3, firstPauseMs: 30_000, maxPauseMs: 100_000 });
  for (let time = 0; time < times; time++) breaker.failed(lane, at(seconds));
  return breaker;
}

describe('the breaker of a receiver', () => {
  it('leaves a lane alone after three failures in a row, and no other', () => {
    expect(failing(2).closedLanes(at(0))).toEqual([]);
    const breaker = failing(3);
    expect(breaker.closedLanes(at(29))).toEqual([lane]);
    expect(breaker.nextOpening(at(0))).toBe(at(30));
    expect(breaker.begin(lane, at(1))).toBe(false);
    expect(breaker.begin(other, at(1))).toBe(true);
  });

  it('forgets failures when one succeeds', () => {
    const breaker = failing(2);
    breaker.succeeded(lane);
    breaker.failed(lane, at(1));
    expect(breaker.closedLanes(at(1))).toEqual([]);
  });

  it('lets one go out to see after the pause, and pauses longer when that fails', () => {
    const breaker = failing(3);
    expect(breaker.closedLanes(at(30))).toEqual([]);
    expect([breaker.begin(lane, at(30)), breaker.begin(lane, at(30))]).toEqual([true, false]);
    expect(breaker.closedLanes(at(31))).toEqual([lane]);
    breaker.failed(lane, at(40));
    expect(breaker.nextOpening(at(40))).toBe(at(100));
    expect(breaker.begin(lane, at(100))).toBe(true);
    breaker.failed(lane, at(100));
    expect(breaker.nextOpening(at(100))).toBe(at(200));
  });

  it('opens again when the one that went out succeeds, and may send another when nothing was learned', () => {
    const breaker = failing(3);
    breaker.begin(lane, at(30));
    breaker.undecided(lane);
    expect(breaker.begin(lane, at(31))).toBe(true);
    breaker.succeeded(lane);
    expect([breaker.begin(lane, at(32)), breaker.begin(lane, at(32))]).toEqual([true, true]);
  });

  it('stays away as long as the peer asks', () => {
    const breaker = createBreaker({ failures: 3, firstPauseMs: 30_000, maxPauseMs: 100_000 });
    breaker.failed(lane, at(0), at(500));
    expect(breaker.nextOpening(at(0))).toBe(at(500));
  });

  it('says which lanes are left alone, and until when', () => {
    const breaker = failing(3);
    breaker.failed(other, at(0));
    expect(breaker.pauses(at(1))).toEqual([{ lane, until: at(30) }]);
    expect(breaker.pauses(at(30))).toEqual([]);
  });

  it('forgets all trouble when an operator says so', () => {
    const breaker = failing(3);
    breaker.forget(lane);
    expect([breaker.closedLanes(at(1)), breaker.begin(lane, at(1))]).toEqual([[], true]);
    breaker.failed(lane, at(2));
    expect(breaker.closedLanes(at(2))).toEqual([]);
  });

  it('does not double a pause by what was under way when it began', () => {
    const breaker = failing(3);
    breaker.failed(lane, at(1));
    expect(breaker.nextOpening(at(1))).toBe(at(31));
  });
});
