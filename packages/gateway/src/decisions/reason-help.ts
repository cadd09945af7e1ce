/** What was decided: done as asked, nothing to do, final no, or not now. */
export type Verdict = 'applied' | 'ignored' | 'refused' | 'deferred';

/** What a reason means, for people. */
export interface ReasonHelp {
  readonly verdict: Verdict;
  /** One sentence that says what happened. */
  readonly text: string;
  /** What an operator can do, where there is something. */
  readonly advice?: string | undefined;
}
