import { type Component, ICalendarError } from '@isched/icalendar';
import { ignored, type Judgement, type JudgeContext, refused } from '../judgement.ts';
import type { ItipMessage } from '../message.ts';
import type { ItipMethod } from '../methods.ts';
import { resolvePolicy } from '../policy.ts';
import { checkMessage } from '../requirements/check-message.ts';
import { judgeAdd } from './add.ts';
import { judgeCancel } from './cancel.ts';
import { judgeCounter, judgeDeclineCounter } from './counter.ts';
import { judgePublication } from './publish.ts';
import { judgeRefresh } from './refresh.ts';
import { judgeReply } from './reply.ts';
import { judgeRequest } from './request.ts';
import { type Scene, sceneOf } from './scene.ts';

/** Who judges which method. */
const judges: Readonly<Record<ItipMethod, (scene: Scene) => Judgement>> = {
  PUBLISH: judgePublication,
  REQUEST: judgeRequest,
  REPLY: judgeReply,
  ADD: judgeAdd,
  CANCEL: judgeCancel,
  REFRESH: judgeRefresh,
  COUNTER: judgeCounter,
  DECLINECOUNTER: judgeDeclineCounter,
};

/**
 * Says what a message means for one person's calendar. Nothing is changed: the message is judged whole, and `merge`
 * does what the plan says.
 *
 * @param message - of `readItipMessage`.
 * @param stored - the VCALENDAR with everything that is kept under the message's UID; undefined: nothing is.
 * @param context - whose calendar, who sent it, the time, the policy.
 * @returns a plan, or why there is nothing to do, or why the message must not have an effect.
 * @throws nothing that a message or a stored object could cause.
 * @see RFC 5546 §2.1, §3.2 to §3.5.
 */
export function judge(message: ItipMessage, stored: Component | undefined, context: JudgeContext): Judgement {
  if (message.componentType === 'VFREEBUSY') return ignored('busy-time-not-kept');
  const broken = resolvePolicy(context.policy).strict ? refuseBroken(message) : undefined;
  if (broken) return broken;
  try {
    return judges[message.method](sceneOf(message, stored, context));
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return refused(isAboutRules(error) ? 'rule-invalid' : 'time-invalid', error.code);
  }
}

/** What no table knows harms nobody; anything else does not pass where the policy is strict. */
function refuseBroken(message: ItipMessage): Judgement | undefined {
  const finding = checkMessage(message).find(({ code }) => code !== 'property-unknown');
  return (
    finding && {
      ...refused('restriction-violated', finding.property ?? finding.component),
      requestStatus: finding.requestStatus,
    }
  );
}

function isAboutRules(error: ICalendarError): boolean {
  return /recurrence/.test(error.code);
}
