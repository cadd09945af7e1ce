/** Tells all nodes that work on a queue that there is something to do. A hint: one that is lost only costs time. */
export interface Bell extends AsyncDisposable {
  /** Tells the other nodes; several calls in a short time may become one. @throws nothing. */
  ring(): void;
  /** Gets the rings of the other nodes. @throws nothing. */
  onRing(heard: () => void): void;
}
