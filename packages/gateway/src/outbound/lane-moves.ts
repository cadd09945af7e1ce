import type { DeliveryId } from '../ports/delivery.ts';
import type { LeasedDelivery } from '../ports/delivery-queue.ts';

/** Which deliveries have gone back to wait in another lane since they were last tried. */
export interface LaneMoves {
  /** Says whether some of them may go back once more before they are tried, and remembers that they all did. @throws nothing. */
  mayGoBack(deliveries: readonly LeasedDelivery[]): boolean;
}

/** Deliveries remembered; the oldest are forgotten first, and may go back once more then. */
const remembered = 50_000;

/**
 * Makes a memory of the moves of one worker. Whoever answers each question about a domain with another receiver would have its
 * messages given back without end otherwise, and never tried.
 */
export function createLaneMoves(): LaneMoves {
  const triesAtMove = new Map<DeliveryId, number>();
  return {
    mayGoBack(deliveries) {
      const some = deliveries.some(({ id, tries }) => triesAtMove.get(id) !== tries);
      for (const { id, tries } of deliveries) {
        triesAtMove.delete(id); // to the end of the order
        triesAtMove.set(id, tries);
      }
      for (const oldest of triesAtMove.keys()) {
        if (triesAtMove.size <= remembered) break;
        triesAtMove.delete(oldest);
      }
      return some;
    },
  };
}
