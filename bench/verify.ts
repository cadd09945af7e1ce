import { createPublicKey, hash, sign as signOctets, verify as verifyOctets } from 'node:crypto';
import { createSigner, createVerifier, generateKeyPair, type KeySource, keyRecordText } from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { systemClock } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { requestMail, requestMessage } from './fixtures.ts';
import { type Benchmark, measure, rateRatio } from './harness.ts';
import { signMail } from './mailauth.ts';

const organizer = 'alice@sender.example';
const attendee = 'bob@receiver.example';

/** A signed 2 KB request against a signed 2 KB mail; keys from memory, each message another one of a hundred. */
export const verify: Benchmark = {
  name: 'verify',
  about: 'RSA-2048, a 2 KB request against a 2 KB mail by mailauth, keys from memory',
  async run() {
    const identity = {
      signingDomain: parseDomainName('sender.example'),
      selector: 'bench',
      key: await generateKeyPair('rsa-sha256'),
    };
    const record = keyRecordText(identity.key, ischedule.keyService);
    const mailRecord = record.replace('s=ischedule', 's=email');
    const uids = Array.from({ length: 100 }, (_, index) => `${index}@bench`);
    const signer = createSigner({ template: ischedule, clock: systemClock });
    const requests = await Promise.all(
      uids.map(async (uid) => {
        const message = requestMessage(uid, organizer, attendee);
        return { ...message, fields: [...message.fields, await signer.sign(message, identity)] };
      }),
    );
    const pem = String(identity.key.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const mails = await Promise.all(
      uids.map(async (uid) => {
        const mail = requestMail(uid, organizer, attendee);
        return Buffer.from((await signMail(mail, identity, pem)) + mail);
      }),
    );
    const keySource: KeySource = {
      queryMethod: 'dns/txt',
      lookup: () => Promise.resolve({ status: 'found', records: [record], ttlSeconds: 3600 }),
    };
    const verifier = createVerifier({ template: ischedule, keySources: [keySource], clock: systemClock });
    const publicKey = createPublicKey(identity.key.privateKey);
    const signedText = Buffer.from(record);
    const signature = signOctets('sha256', signedText, identity.key.privateKey);

    const rows = await measure([
      {
        name: 'verify',
        work: async (turn) => {
          const result = await verifier.verify(requests[turn % requests.length] ?? fail('no request'));
          if (result.status !== 'pass') fail(JSON.stringify(result));
        },
      },
      {
        name: 'mailauth',
        work: async (turn) => {
          const { results } = await dkimVerify(mails[turn % mails.length] ?? fail('no mail'), {
            resolver: () => Promise.resolve([[mailRecord]]),
          });
          if (results[0]?.status.result !== 'pass') fail(JSON.stringify(results));
        },
      },
      {
        name: 'bare',
        work: (turn) => {
          hash('sha256', requests[turn % requests.length]?.content ?? fail('no request'), 'buffer');
          if (!verifyOctets('sha256', signedText, publicKey, signature)) fail('bare verification');
        },
      },
    ]);
    return {
      name: 'verify',
      rows,
      ratios: {
        'verify/mailauth': rateRatio(rows, 'verify', 'mailauth'),
        'verify/bare': rateRatio(rows, 'verify', 'bare'),
      },
    };
  },
};

function fail(why: string): never {
  throw new Error(`the benchmark measures nothing: ${why}`);
}
