import type { ItipMethod, SchedulingComponent } from '../methods.ts';

/** One restriction table: what a method demands of a component. What no list names may stand there in any number. */
export interface Restriction {
  /** Of RFC 5546. */
  readonly section: string;
  readonly method: ItipMethod;
  readonly component: SchedulingComponent;
  /** Whether several components of one UID may make the message. */
  readonly count: 'one' | 'several';
  readonly zones: 'any' | 'at-most-one' | 'none';
  readonly alarms: 'any' | 'none';
  /** Presence 1. */
  readonly once: readonly string[];
  /** Presence 1+. */
  readonly atLeastOnce: readonly string[];
  /** Presence 0 or 1. */
  readonly atMostOnce: readonly string[];
  /** Presence 0+. */
  readonly any: readonly string[];
  /** Presence 0. */
  readonly never: readonly string[];
  /** The values of STATUS; absent: any. */
  readonly status?: readonly string[] | undefined;
}
