import type { Instance } from '@isched/icalendar';
import type { TimeRange } from '@isched/values';
import type { AutoScheduleMode } from './options.ts';

/** What a room says to one component. */
export interface Verdict {
  /** Absent: that is for people to say. */
  readonly status?: 'ACCEPTED' | 'DECLINED' | undefined;
  /** Instances that are declined whatever is said of the rest. */
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
      return { status: 'ACCEPTED', exceptions: [] };
    case 'decline-always':
      return { status: 'DECLINED', exceptions: [] };
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
  const ifFree: Verdict = mode === 'decline-if-busy' ? unanswered : { status: 'ACCEPTED', exceptions: [] };
  const ifTaken: Verdict = mode === 'accept-if-free' ? unanswered : { status: 'DECLINED', exceptions: [] };
  if (!instances) return ifTaken;
  if (instances.length === 0) return beyond() ? ifTaken : unanswered; // what is over needs no answer
  const exceptions = instances.filter(taken);
  if (exceptions.length === 0) return ifFree;
  const few = exceptions.length < instances.length && exceptions.length <= maxExceptions;
  return few && mode !== 'accept-if-free' ? { ...ifFree, exceptions } : ifTaken;
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
  return exceptions.length > question.maxExceptions ? { status: 'DECLINED', exceptions: [] } : { exceptions };
}
