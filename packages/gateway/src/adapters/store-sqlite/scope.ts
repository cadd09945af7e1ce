/** The life of one piece of work: its rooms are of no use before and after it. */
export class Scope {
  #open = true;

  /** @throws TypeError when the piece of work has ended. */
  enter(): void {
    if (!this.#open) throw new TypeError('a store transaction was used after its work had ended');
  }

  close(): void {
    this.#open = false;
  }
}
