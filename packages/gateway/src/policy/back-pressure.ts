/** What a request says of itself before anything of it is believed. */
export interface Stated {
  /** Upper case. */
  readonly methods: readonly string[];
  readonly components: readonly string[];
}

/** How much is taken on at once. */
export interface LoadLimits {
  /** Requests under way at which even the last are turned away. */
  readonly maxInFlight: number;
}

/** Shares of what is taken on at once, by what can best be spared: a question is asked again, a CANCEL must get through. */
const shares = { question: 0.5, usual: 0.9, last: 1 } as const;

/**
 * Says whether a request is taken on beside those that are under way.
 *
 * @param inFlight - requests under way, this one not counted.
 * @throws nothing.
 */
export function mayTakeOn(stated: Stated, inFlight: number, { maxInFlight }: LoadLimits): boolean {
  return inFlight < maxInFlight * shares[kindOf(stated)];
}

function kindOf({ methods, components }: Stated): keyof typeof shares {
  if (components.includes('VFREEBUSY')) return 'question';
  return methods.includes('CANCEL') ? 'last' : 'usual';
}
