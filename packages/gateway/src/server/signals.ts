/**
 * Waits for SIGTERM or SIGINT.
 *
 * @param options.onHangUp - called at each SIGHUP.
 * @throws nothing.
 */
export async function untilSignalled({ onHangUp }: { readonly onHangUp: () => Promise<void> }): Promise<void> {
  const hangUp = (): void => void onHangUp();
  process.on('SIGHUP', hangUp);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  process.off('SIGHUP', hangUp);
}
