/**
 * Runs a piece of work that may await only its transaction. Everything that is ready at once is done before the event loop
 * turns: work that is still waiting then waits for something else, and would keep everybody out.
 *
 * @throws what the work threw; TypeError when it waited for something other than the store.
 */
export async function runGuarded<T>(work: () => Promise<T>): Promise<T> {
  let turn: NodeJS.Immediate | undefined;
  const turned = new Promise<never>((_, reject) => {
    turn = setImmediate(() => reject(new TypeError('a store transaction awaited something other than the store')));
  });
  try {
    return await Promise.race([work(), turned]);
  } finally {
    clearImmediate(turn);
  }
}
