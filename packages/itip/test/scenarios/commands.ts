import { type Component, instancesOf, makeProperty, parseCalAddress } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { expect } from 'vitest';
import {
  busyPeriods,
  checkMessage,
  freeBusyReply,
  freeBusyRange,
  type ItipError,
  type ItipMessage,
  judge,
  merge,
  onCancel,
  onCreate,
  onUpdate,
  type Outgoing,
  type ParticipationStatus,
  readItipMessage,
  respond,
} from '../../src/index.ts';
import { unfolded } from '../support/calendar.ts';
import { meaning } from '../support/meaning.ts';
import type { Step } from './script.ts';
import {
  actor,
  addActor,
  calendarOf,
  componentOf,
  epochOfText,
  linesOf,
  methodOf,
  partstat,
  reread,
  type Stage,
  withoutMethod,
} from './stage.ts';

type Command = (stage: Stage, step: Step) => void;

function words({ rest }: Step): readonly string[] {
  return rest.split(/\s+/).filter((word) => word !== '');
}

/** The first word, and everything after it. */
function headAndTail(text: string): readonly [string, string] {
  const [, head = '', tail = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  return [head, tail];
}

/** What the stories can say. */
export const commands: Readonly<Record<string, Command>> = {
  // who is there
  person: (stage, { rest }) => addActor(stage, ...headAndTail(rest)),
  now: (stage, { rest }) => {
    stage.now = epochOfText(step0, rest);
  },
  policy: (stage, { rest }) => {
    const [name, value] = headAndTail(rest);
    const list = name.endsWith('Extensions') ? value.split(/,\s*/) : undefined;
    stage.policy = { ...stage.policy, [name]: list ?? (value === 'true' ? true : value) };
  },
  /** `fix PRINTED => MEANT`, `fix + => LINE`: what is misprinted in the files that follow. */
  fix: (stage, { rest }) => {
    const [printed = '', meant = ''] = rest.split(' => ').map((part) => part.trim());
    stage.fixes.push([printed.replace(/ =>$/, ''), meant]);
  },
  'as-printed': (stage) => {
    stage.fixes.length = 0;
  },

  // what happens
  keeps: (stage, step) => {
    const [name, file] = headAndTail(step.rest);
    actor(stage, name).stored = withoutMethod(calendarOf(stage, step, file));
  },
  gets: (stage, step) => {
    const [, name = '', file = '', from] = /^(\S+)\s*(\S*?)\s*(?:from (\S+))?$/.exec(step.rest) ?? [];
    const message = file === '' && step.block.length === 0 ? stage.message : undefined;
    deliver(stage, name, message ?? readItipMessage(calendarOf(stage, step, file)), from);
  },
  puts: (stage, step) => {
    const [name, file] = headAndTail(step.rest);
    const person = actor(stage, name);
    const after = withoutMethod(calendarOf(stage, step, file));
    const context = { user: person.address, now: stage.now, policy: stage.policy };
    keep(stage, name, person.stored ? onUpdate(person.stored, after, context) : onCreate(after, context));
  },
  deletes: (stage, { rest }) => {
    const person = actor(stage, rest);
    const context = { user: person.address, now: stage.now, policy: stage.policy };
    keep(stage, rest, onCancel(person.stored as Component, context));
  },
  answers: (stage, step) => {
    const [name = '', status = '', instance] = words(step);
    const person = actor(stage, name);
    const answered = respond(person.stored as Component, {
      user: person.address,
      participationStatus: status as ParticipationStatus,
      now: stage.now,
      ...(instance === undefined ? {} : { recurrenceId: makeProperty('RECURRENCE-ID', instance) }),
    });
    person.before = person.stored;
    person.stored = reread(answered.stored);
    stage.unsaid = [{ message: answered.message, to: [] }];
  },
  'asks-busy': (stage, step) => {
    const [name, file] = headAndTail(step.rest);
    const request = readItipMessage(calendarOf(stage, step, file));
    const person = actor(stage, name);
    const options = { user: person.address };
    const periods = busyPeriods([person.stored as Component], freeBusyRange(request), options);
    const answer = freeBusyReply(request, { ...options, periods, now: stage.now });
    stage.unsaid = [{ message: answer, to: [] }];
  },
  reads: (stage, step) => {
    stage.message = readItipMessage(calendarOf(stage, step, step.rest));
  },

  // what came of it
  reason: (stage, step) => {
    const [reason, status] = words(step);
    expect(stage.judgement?.reason).toBe(reason);
    if (status !== undefined) expect(stage.judgement?.requestStatus.code).toBe(status);
  },
  comment: (stage, { rest }) => {
    const judgement = stage.judgement;
    expect(judgement && 'comment' in judgement ? judgement.comment : undefined).toBe(rest);
  },
  has: (stage, { rest }) => {
    const [who, line] = headAndTail(rest);
    expect(linesOf(stage, who)).toContain(line);
  },
  lacks: (stage, { rest }) => {
    const [who, start] = headAndTail(rest);
    const lines = linesOf(stage, who);
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => line.startsWith(start))).toEqual([]);
  },
  attends: (stage, step) => {
    const [who = '', address = '', status] = words(step);
    const [name = '', part = ''] = who.split('/');
    const component = componentOf(actor(stage, name).stored as Component, part);
    expect(component && partstat(component, address)).toBe(status === 'no' ? undefined : status);
  },
  occurs: (stage, step) => {
    const [name = '', ...times] = words(step);
    const starts = startsOf(stage, name);
    for (const time of times) expect(starts, `${name} at ${time}`).toContain(epochOfText(step0, time));
  },
  never: (stage, step) => {
    const [name = '', ...times] = words(step);
    const starts = startsOf(stage, name);
    for (const time of times) expect(starts, `${name} at ${time}`).not.toContain(epochOfText(step0, time));
  },
  count: (stage, step) => {
    const [name = '', count] = words(step);
    expect(startsOf(stage, name)).toHaveLength(Number(count));
  },
  at: (stage, { rest }) => {
    const [name, more] = headAndTail(rest);
    const [time, line] = headAndTail(more);
    const start = epochOfText(step0, time);
    const found = instances(stage, name).find((instance) => instance.start === start)?.component;
    expect(found && unfolded({ ...step0, children: [found] }).split('\n')).toContain(line);
  },
  empty: (stage, { rest }) => expect(actor(stage, rest).stored).toBeUndefined(),
  same: (stage, { rest }) => {
    const { stored, before } = actor(stage, rest);
    expect(stored && unfolded(stored)).toBe(before && unfolded(before));
  },
  /** The next message that was sent: its method, and to whom; `nothing`: there is none. */
  sends: (stage, step) => {
    const [method = '', ...to] = words(step);
    const next = stage.unsaid.shift();
    expect(next ? methodOf(next.message) : 'nothing').toBe(method);
    if (!next) return;
    if (to.length > 0) expect([...next.to].toSorted()).toEqual(to.toSorted());
    stage.message = next.message;
    stage.significant = next.significant;
    stage.changes = next.changes;
  },
  /** What a message changed, or tells of: `PART NAME… ;PARAMETER…`, PART being `series` or a RECURRENCE-ID; `nothing`. */
  changed: (stage, step) => {
    const [part, ...names] = words(step);
    const changes = stage.changes ?? [];
    if (part === 'nothing') return expect(changes.filter(({ properties }) => properties.length > 0)).toEqual([]);
    const change = changes.find(({ recurrenceId = 'series' }) => recurrenceId === part);
    const parameters = (change?.parameters ?? []).map((name) => `;${name}`);
    return expect(change && [...change.properties, ...parameters]).toEqual(names);
  },
  /** What an attendee changed though it is the organizer's: names of properties, or `nothing`. */
  forbids: (stage, step) => {
    const names = (stage.done?.forbidden ?? []).flatMap((change) => change.properties).toSorted();
    expect(names).toEqual(step.rest === 'nothing' ? [] : words(step));
  },
  /** Whether a person should be told of the last message that was sent. */
  quietly: (stage) => expect(stage.significant).toBe(false),
  loudly: (stage) => expect(stage.significant).toBe(true),
  says: (stage, { rest }) => expect(messageLines(stage)).toContain(rest),
  'says-not': (stage, { rest }) => expect(messageLines(stage).filter((line) => line.startsWith(rest))).toEqual([]),
  /** The message, or what somebody keeps, is what a file says. */
  like: (stage, step) => {
    const [, file = '', skipped = ''] = /^(\S+)\s*(?:without (.*))?$/.exec(step.rest) ?? [];
    const skip = skipped.split(' ');
    expect(meaning((stage.message as ItipMessage).calendar, skip)).toEqual(
      meaning(calendarOf(stage, step, file), skip),
    );
  },
  'kept-like': (stage, step) => {
    const [, name = '', file = '', skipped = ''] = /^(\S+)\s+(\S*?)\s*(?:without (.*))?$/.exec(step.rest) ?? [];
    const skip = skipped.split(' ');
    const stored = actor(stage, name).stored as Component;
    expect(meaning(stored, skip)).toEqual(meaning(calendarOf(stage, step, file), skip));
  },
  /** What the restriction tables say of the last message: CODE PROPERTY, or `nothing`. */
  finds: (stage, { rest }) => {
    const findings = checkMessage(stage.message as ItipMessage);
    const found = findings.map((each) => [each.code, each.property, each.requestStatus.code].join(' '));
    if (rest === 'nothing') expect(found).toEqual([]);
    else expect(found).toContain(rest);
  },
  unreadable: (stage, step) => {
    const [file, code] = step.block.length > 0 ? ['', step.rest] : headAndTail(step.rest);
    expect(() => readItipMessage(calendarOf(stage, step, file))).toThrow(
      expect.objectContaining({ code }) as ItipError,
    );
  },
};

const step0: Component = { kind: 'component', name: 'VCALENDAR', children: [] };

function deliver(stage: Stage, name: string, message: ItipMessage, from?: string): void {
  const person = actor(stage, name);
  const judgement = judge(message, person.stored, {
    user: person.address,
    now: stage.now,
    policy: stage.policy,
    sender: from === undefined ? undefined : parseCalAddress(from),
  });
  person.before = person.stored;
  if (judgement.status === 'merge') {
    const merged = merge(judgement, person.stored);
    person.stored = merged && reread(merged);
  }
  stage.judgement = judgement;
  stage.changes = judgement.status === 'merge' ? judgement.changes : [];
  stage.significant = judgement.status === 'merge' && judgement.significant;
  stage.message = message;
  stage.unsaid = judgement.replies.map((reply) => ({ message: reply, to: [] }));
}

function keep(stage: Stage, name: string, done: Outgoing): void {
  const person = actor(stage, name);
  person.before = person.stored;
  person.stored = done.stored && reread(done.stored);
  stage.done = done;
  stage.unsaid = [...done.messages];
}

function messageLines({ message }: Stage): readonly string[] {
  return message ? unfolded(message.calendar).split('\n') : [];
}

function instances(stage: Stage, name: string): ReturnType<typeof instancesOf>['instances'] {
  const { stored } = actor(stage, name);
  const range = { start: epochMs(0), end: epochMs(Date.UTC(2040, 0)) };
  return stored ? instancesOf(stored, undefined, { range, maxInstances: 3000 }).instances : [];
}

function startsOf(stage: Stage, name: string): readonly number[] {
  return instances(stage, name).map(({ start }) => start);
}
