import { sign as signOctets } from 'node:crypto';
import { promisify } from 'node:util';
import { createSigner, generateKeyPair } from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { systemClock } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { requestMail, requestMessage } from './fixtures.ts';
import { type Benchmark, measure, rateRatio } from './harness.ts';
import { signMail } from './mailauth.ts';

const organizer = 'alice@sender.example';
const attendee = 'bob@receiver.example';
const signInPool = promisify(signOctets);

/** Sixteen signatures under way at once. */
export const sign: Benchmark = {
  name: 'sign',
  about: 'RSA-2048, a 2 KB request against a 2 KB mail by mailauth and bare node:crypto, 16 in flight',
  async run() {
    const identity = {
      signingDomain: parseDomainName('sender.example'),
      selector: 'bench',
      key: await generateKeyPair('rsa-sha256'),
    };
    const signer = createSigner({ template: ischedule, clock: systemClock });
    const message = requestMessage('sign@bench', organizer, attendee);
    const mail = Buffer.from(requestMail('sign@bench', organizer, attendee));
    const pem = String(identity.key.privateKey.export({ format: 'pem', type: 'pkcs8' }));

    const rows = await measure(
      [
        { name: 'sign', work: () => signer.sign(message, identity) },
        { name: 'mailauth', work: () => signMail(mail, identity, pem) },
        { name: 'bare', work: () => signInPool('sha256', mail, identity.key.privateKey) },
      ],
      { inFlight: 16 },
    );
    return {
      name: 'sign',
      rows,
      ratios: { 'sign/mailauth': rateRatio(rows, 'sign', 'mailauth'), 'sign/bare': rateRatio(rows, 'sign', 'bare') },
    };
  },
};
