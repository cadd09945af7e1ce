import type { Instance } from '@isched/icalendar';
import type { TimeRange } from '@isched/values';
import type { AutoScheduleMode } from './options.ts';

/** Why a room says what it says: it says so to everybody, or by its time, or because that can't be worked out. */
export type AnswerCause = 'always' | 'free' | 'taken' | 'beyond-horizon' | 'too-complex';

/** What a room says to one component. */
export interface Verdict {
  /** Absent: that is for people to say. */
  readonly answer?: { readonly status: 'ACCEPTED' | 'DECLINED'; readonly because: AnswerCause } | undefined;
  /** Instances that are declined, for the room is taken then, whatever is said of the rest. */
  readonly exceptions: readonly Instance[];
}

/** What is known about the times that a component asks for. */
export interface Question {
  readonly mode: AutoScheduleMode;
  /** As far as the room can be booked; undefined: can't be worked out. */
  readonly instances: () => readonly Instance[] | undefined;
  /** Whether it begins after the time for which the room can be booked. */
  readonly beyond: () => boolean;
  readonly taken: (wanted: TimeRange) => boolean;
  readonly maxExceptions: number;
}

/** What a room says when nobody has answered yet. @throws nothing. */
export function verdictOf(question: Question): Verdict {
  switch (question.mode) {
    case 'none':
      return unanswered;
    case 'accept-always':
      return { answer: { status: 'ACCEPTED', because: 'always' }, exceptions: [] };
    case 'decline-always':
      return { answer: { status: 'DECLINED', because: 'always' }, exceptions: [] };
    case 'accept-if-free':
    case 'decline-if-busy':
    case 'automatic':
      return bySituation(question);
    default:
      return question.mode satisfies never;
  }
}

const unanswered: Verdict = { exceptions: [] };

function bySituation({ mode, instances: work, beyond, taken, maxExceptions }: Question): Verdict {
  const instances = work();
  const accept: Verdict =
    mode === 'decline-if-busy' ? unanswered : { answer: { status: 'ACCEPTED', because: 'free' }, exceptions: [] };
  const decline = (because: AnswerCause): Verdict =>
    mode === 'accept-if-free' ? unanswered : { answer: { status: 'DECLINED', because }, exceptions: [] };
  if (!instances) return decline('too-complex');
  if (instances.length === 0) return beyond() ? decline('beyond-horizon') : unanswered; // what is over needs no answer
  const exceptions = instances.filter(taken);
  if (exceptions.length === 0) return accept;
  const few = exceptions.length < instances.length && exceptions.length <= maxExceptions;
  return few && mode !== 'accept-if-free' ? { ...accept, exceptions } : decline('taken');
}

/**
 * What a room says to instances that an answered series did not have before: nobody promised those.
 *
 * @param isNew - says of which.
 * @throws nothing.
 */
export function verdictOnNew(question: Question, isNew: (instance: Instance) => boolean): Verdict {
  const looks = question.mode !== 'none' && question.mode !== 'accept-always' && question.mode !== 'decline-always';
  if (!looks) return unanswered;
  const instances = question.instances();
  if (!instances) return unanswered; // it could not be worked out when it was answered, either
  const exceptions = instances.filter((instance) => isNew(instance) && question.taken(instance));
  const many = exceptions.length > question.maxExceptions;
  return many ? { answer: { status: 'DECLINED', because: 'taken' }, exceptions: [] } : { exceptions };
}
