import { formatUtc } from '@isched/icalendar';
import { systemClock, systemRandom } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';
import type { Network } from '../../../server/network.ts';
import { describeOutcome } from '../../hand-over.ts';
import { freeBusyRequest } from '../free-busy.ts';
import { busyText, hasEvent, storedEvent } from './calendars.ts';
import { type HandMade, identityOf, post, revokedIdentity, type Signing, signedRequest } from './forgeries.ts';
import { alice, answer, bob, cancellation, carol, invitation, type Meeting } from './messages.ts';
import { mustBe, type Narrator, type Told } from './narrator.ts';
import type { Party, World } from './world.ts';

/** Who and what the story is told with. */
export interface Cast {
  readonly narrator: Narrator;
  readonly world: World;
  readonly network: Network;
  readonly alpha: Party;
  readonly beta: Party;
  readonly gamma: Party;
}

const hourMs = 3_600_000;

/** The whole story; what goes wrong is the narrator's to remember. @throws nothing. */
export async function tellStory(cast: Cast): Promise<void> {
  const start = nextNoon(systemClock.now());
  const meeting = meetingAt(`${systemRandom.token()}@alpha.example`, start, 0);
  await tellMeeting(cast, meeting, start);
  await tellForgeries(cast, start);
  await tellRepeat(cast, start);
}

async function tellMeeting(cast: Cast, meeting: Meeting, start: EpochMs): Promise<void> {
  const { narrator, alpha, beta, gamma } = cast;
  narrator.chapter('A meeting of three organisations');
  await narrator.step('Alice invites Bob and Carol', async () => {
    const outcomes = await submit(alpha, invitation(meeting));
    const stored = await Promise.all([storedEvent(beta, bob, meeting.uid), storedEvent(gamma, carol, meeting.uid)]);
    mustBe(
      stored.every((event) => event.start === meeting.start),
      'the invitation is not in both calendars',
    );
    return { value: undefined, lines: [...outcomes, "The meeting stands in Bob's and in Carol's calendar."] };
  });
  await narrator.step('Bob accepts', () =>
    tellAnswer(cast, meeting, {
      from: beta,
      attendee: bob,
      participationStatus: 'ACCEPTED',
      expected: { bob: 'ACCEPTED', carol: 'NEEDS-ACTION' },
    }),
  );
  await narrator.step('Carol accepts for now', () =>
    tellAnswer(cast, meeting, {
      from: gamma,
      attendee: carol,
      participationStatus: 'TENTATIVE',
      expected: { bob: 'ACCEPTED', carol: 'TENTATIVE' },
    }),
  );

  const moved = meetingAt(meeting.uid, epochMs(start + 2 * hourMs), 1);
  await narrator.step('Alice moves the meeting two hours later', async () => {
    const outcomes = await submit(alpha, invitation(moved));
    const event = await storedEvent(beta, bob, moved.uid);
    mustBe(event.start === moved.start, `Bob's calendar still says ${event.start}`);
    mustBe(event.answers.get('bob') === 'NEEDS-ACTION', "Bob's answer to the old time was kept for the new one");
    return {
      value: undefined,
      lines: [...outcomes, `Bob's calendar says ${event.start} now, and waits for a new answer.`],
    };
  });
  await narrator.step('Bob accepts again', () =>
    tellAnswer(cast, moved, {
      from: beta,
      attendee: bob,
      participationStatus: 'ACCEPTED',
      expected: { bob: 'ACCEPTED', carol: 'NEEDS-ACTION' },
    }),
  );

  await narrator.step('Alice asks when all three are busy', () =>
    tellFreeBusy(cast, start, (busy) => {
      mustBe(busy.get(alice)?.includes(moved.start) === true, "Alice's own meeting is missing");
      mustBe(busy.get(bob)?.includes(moved.start) === true, "Bob's meeting is missing");
    }),
  );
  const cancelled = meetingAt(meeting.uid, epochMs(start + 2 * hourMs), 2);
  await narrator.step('Alice cancels the meeting', async () => {
    const outcomes = await submit(alpha, cancellation(cancelled));
    const stored = await Promise.all([storedEvent(beta, bob, meeting.uid), storedEvent(gamma, carol, meeting.uid)]);
    mustBe(
      stored.every((event) => event.status === 'CANCELLED'),
      'the meeting is not cancelled everywhere',
    );
    return { value: undefined, lines: [...outcomes, 'It is cancelled in both calendars.'] };
  });
  await narrator.step('Alice asks again', () =>
    tellFreeBusy(cast, start, (busy) => {
      mustBe(
        [...busy.values()].every((text) => text === ''),
        'somebody is still busy',
      );
    }),
  );
}

async function tellForgeries(cast: Cast, start: EpochMs): Promise<void> {
  const { narrator, world, network, alpha, beta, gamma } = cast;
  narrator.chapter('What Bob’s organisation refuses');
  const forge = async (
    title: string,
    signing: Signing,
    change: (text: string) => string = (text) => text,
  ): Promise<void> => {
    await narrator.step(title, async () => {
      const meeting = meetingAt(`${systemRandom.token()}@alpha.example`, start, 0);
      const request = await signedRequest(handMade(meeting), signing);
      const altered = { ...request, content: Buffer.from(change(Buffer.from(request.content).toString('utf8'))) };
      const verdict = await post(altered, beta, network);
      mustBe(
        verdict.fault === 'verification-failed',
        `it was answered with ${verdict.httpStatus} ${verdict.fault ?? verdict.requestStatus}`,
      );
      mustBe(!(await hasEvent(beta, bob, meeting.uid)), 'it was stored all the same');
      return { value: undefined, lines: [`${verdict.httpStatus} ${verdict.fault}: ${verdict.description}`] };
    });
  };
  await forge("Carol's organisation signs in Alice's name", { identity: identityOf(gamma) });
  await forge('A message is altered on the way', { identity: identityOf(alpha) }, (text) =>
    text.replace('Joint planning', 'Joint plunder'),
  );
  await forge('A message comes after its signature expired', { identity: identityOf(alpha), shiftMs: -2 * hourMs });
  await forge('A message is signed with a revoked key', { identity: await revokedIdentity(alpha, world) });
}

async function tellRepeat({ narrator, network, alpha, beta }: Cast, start: EpochMs): Promise<void> {
  narrator.chapter('The same message twice');
  const meeting = meetingAt(`${systemRandom.token()}@alpha.example`, epochMs(start + 5 * hourMs), 0);
  const request = await signedRequest(handMade(meeting), { identity: identityOf(alpha) });
  const first = await narrator.step('A message arrives', async () => {
    const verdict = await post(request, beta, network);
    mustBe(
      verdict.requestStatus?.startsWith('2.0') === true,
      `it was answered with ${verdict.httpStatus} ${verdict.fault ?? verdict.requestStatus}`,
    );
    const { revision } = await storedEvent(beta, bob, meeting.uid);
    return { value: { verdict, revision }, lines: [`${verdict.httpStatus}, ${verdict.requestStatus}`] };
  });
  await narrator.step('It arrives once more', async () => {
    const verdict = await post(request, beta, network);
    const { revision } = await storedEvent(beta, bob, meeting.uid);
    mustBe(verdict.text === first?.verdict.text, 'the second answer differs from the first');
    mustBe(revision === first.revision, 'it changed the calendar again');
    return {
      value: undefined,
      lines: [`${verdict.httpStatus}, ${verdict.requestStatus}: the same answer; Bob's calendar did not change.`],
    };
  });
}

function handMade(meeting: Meeting): HandMade {
  return { originator: alice, recipient: bob, text: invitation(meeting) };
}

async function submit(party: Party, message: string): Promise<readonly string[]> {
  const outcomes = await party.client.submit({ message, wait: 20 });
  const unhappy = outcomes.find((outcome) => !/^[12]\./.test(outcome.requestStatus ?? ''));
  mustBe(unhappy === undefined, unhappy === undefined ? '' : describeOutcome(unhappy));
  return outcomes.map(describeOutcome);
}

interface Answer {
  readonly from: Party;
  readonly attendee: string;
  readonly participationStatus: string;
  /** What the organizer's calendar must say then. */
  readonly expected: { readonly bob: string; readonly carol: string };
}

async function tellAnswer(
  { alpha }: Cast,
  meeting: Meeting,
  { from, attendee, participationStatus, expected }: Answer,
): Promise<Told<undefined>> {
  const outcomes = await submit(from, answer(meeting, attendee, participationStatus));
  const { answers } = await storedEvent(alpha, alice, meeting.uid);
  mustBe(
    answers.get('bob') === expected.bob && answers.get('carol') === expected.carol,
    `Alice's calendar says ${describeAnswers(answers)}`,
  );
  return { value: undefined, lines: [...outcomes, `Alice's calendar says ${describeAnswers(answers)}.`] };
}

function describeAnswers(answers: ReadonlyMap<string, string>): string {
  return ['bob', 'carol'].map((name) => `${name} ${answers.get(name) ?? 'unknown'}`).join(', ');
}

async function tellFreeBusy(
  { alpha }: Cast,
  start: EpochMs,
  check: (busy: ReadonlyMap<string, string>) => void,
): Promise<Told<undefined>> {
  const recipients = [alice, bob, carol];
  const question = freeBusyRequest({
    originator: alice,
    recipients,
    from: epochMs(start - 4 * hourMs),
    to: epochMs(start + 8 * hourMs),
  });
  const outcomes = await alpha.client.submit({ message: question, originator: alice, recipients });
  const busy = new Map(outcomes.map((outcome) => [outcome.recipient, busyText(outcome)]));
  check(busy);
  return {
    value: undefined,
    lines: outcomes.map((outcome) => `${describeOutcome(outcome)}: ${busyText(outcome) || 'free'}`),
  };
}

function meetingAt(uid: string, start: EpochMs, sequence: number): Meeting {
  return {
    uid,
    sequence,
    stamp: formatUtc(systemClock.now()),
    start: formatUtc(start),
    end: formatUtc(epochMs(start + hourMs)),
  };
}

/** Noon of the day after tomorrow, UTC. */
function nextNoon(now: EpochMs): EpochMs {
  const dayMs = 24 * hourMs;
  return epochMs(Math.floor(now / dayMs) * dayMs + 2 * dayMs + 12 * hourMs);
}
