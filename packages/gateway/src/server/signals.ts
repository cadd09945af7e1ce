/** What the process was told. */
export interface Signals extends Disposable {
  /** Aborted by SIGTERM or SIGINT; a second one ends the process at once. */
  readonly stop: AbortSignal;
  /** Resolves when it is. @throws nothing. */
  untilStopped(): Promise<void>;
}

/**
 * Listens to SIGTERM, SIGINT and SIGHUP.
 *
 * @param options.onHangUp - called at each SIGHUP.
 * @throws nothing.
 */
export function listenToSignals({ onHangUp }: { readonly onHangUp: () => void }): Signals {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  process.once('SIGTERM', stop).once('SIGINT', stop).on('SIGHUP', onHangUp);
  return {
    stop: stopping.signal,
    untilStopped: () => stopped,
    [Symbol.dispose]: () => void process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', onHangUp),
  };
}
