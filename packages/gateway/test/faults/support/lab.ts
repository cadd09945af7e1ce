import {
  type CertificateAuthority,
  createCertificateAuthority,
  createZoneDnsServer,
  type ZoneDnsServer,
} from '@isched/lab';
import type { Clock } from '@isched/runtime';

/** A world on loopback: its time, its names, whom it trusts. */
export interface Lab<C extends Clock = Clock> extends AsyncDisposable {
  readonly clock: C;
  readonly dns: ZoneDnsServer;
  readonly authority: CertificateAuthority;
}

/** Opens an empty one. */
export async function openLab<C extends Clock>(clock: C): Promise<Lab<C>> {
  const dns = await createZoneDnsServer();
  const authority = await createCertificateAuthority({ name: 'isched faults' });
  return { clock, dns, authority, [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose]() };
}
