import { contentSimple, headerIscheduleRelaxed, type ServiceTemplate } from '@isched/doseta';

/**
 * The iSchedule signature: DOSETA's template, every slot filled. The signing domain takes responsibility for the message
 * and says that it has authenticated the originator.
 *
 * @see draft-desruisseaux-ischedule-05, "DomainKeys Identified Mail (DKIM)"; docs/deviations.md for what is ours.
 */
export const ischedule: ServiceTemplate = {
  name: 'iSchedule',
  signatureField: 'DKIM-Signature',
  headerCanonicalizations: [headerIscheduleRelaxed],
  contentCanonicalizations: [contentSimple],
  defaultCanonicalization: 'simple/simple', // which then fails: neither is offered for the header
  fields: {
    must: ['content-type', 'ischedule-version', 'originator', 'recipient'],
    mustIfPresent: ['authorization'],
    should: ['ischedule-message-id', 'user-agent'],
    never: [
      'cache-control',
      'connection',
      'content-length',
      'host',
      'keep-alive',
      'proxy-authenticate',
      'proxy-authorization',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
      'forwarded',
      'via',
      'x-forwarded-*',
    ],
    neverIfNamedIn: ['connection'],
  },
  repeatedNames: 'refuse',
  signatures: 'exactly-one',
  partialContent: 'refuse',
  algorithms: ['rsa-sha256', 'ed25519-sha256'],
  keyService: 'ischedule',
  testingKeys: 'refuse',
  queryMethods: ['dns/txt', 'http/well-known', 'private-exchange'],
  listedQueryMethods: ['dns/txt', 'http/well-known'],
  times: { maxFutureSeconds: 300, minLifetimeSeconds: 60 },
};
