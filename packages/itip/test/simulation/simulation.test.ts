import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { act, createMeeting } from './acts.ts';
import { disagreements } from './agreement.ts';
import { type Chance, chance } from './random.ts';
import { arrive, createWorld, type Person, type World } from './world.ts';

const maxLog = 60;

function step(world: World, dice: Chance): void {
  world.now = epochMs(world.now + 1000 + dice.below(60_000));
  if (world.parcels.length > 0 && dice.fraction() < 0.6) {
    deliverOne(world, dice);
    return;
  }
  const person = dice.pick(world.people);
  const uid = `meeting-${dice.below(world.people.length)}`;
  const done = act(world, person, uid, dice);
  if (done) note(world, `${uid} ${done}`);
}

/** Any message may come next, and one in ten comes again. */
function deliverOne(world: World, dice: Chance): void {
  const at = dice.below(world.parcels.length);
  const [parcel] = world.parcels.splice(at, 1);
  if (!parcel) return;
  if (dice.fraction() < 0.1) world.parcels.push(parcel);
  note(world, `${parcel.from} to ${parcel.to}: ${arrive(world, parcel)}`);
}

function note(world: World, text: string): void {
  world.log.push(text);
  if (world.log.length > maxLog) world.log.shift();
}

function settle(world: World, dice: Chance): void {
  for (let count = 0; world.parcels.length > 0; count += 1) {
    if (count > 5000) throw new Error(`messages go round in circles: ${world.log.join('\n')}`);
    world.now = epochMs(world.now + 1000);
    deliverOne(world, dice);
  }
}

/** Runs so many steps; every message is delivered from time to time, and then all copies must agree. */
function run(seed: number, steps: number, every: number): void {
  const dice = chance(seed);
  const world = createWorld();
  world.people.forEach((person, at) => createMeeting(world, person, `meeting-${at}`, dice));
  for (let at = 1; at <= steps; at += 1) {
    step(world, dice);
    if (at % every !== 0) continue;
    settle(world, dice);
    world.people.forEach((person: Person, index) => {
      const wrong = disagreements(world, person, `meeting-${index}`);
      expect(
        wrong,
        `seed ${seed}, step ${at}\n${world.log.filter((line) => line.includes(`meeting-${index}`) || !line.startsWith('meeting')).join('\n')}`,
      ).toEqual([]);
    });
  }
}

describe('five people on two systems edit five meetings', () => {
  it('10,000 steps: all copies agree whenever every message has arrived, in whatever order and however often', () => {
    run(1, 10_000, 40);
  });
});
