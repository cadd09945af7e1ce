import { contentRelaxed } from '../canonicalization/content-relaxed.ts';
import { contentSimple } from '../canonicalization/content-simple.ts';
import { headerRelaxed } from '../canonicalization/header-relaxed.ts';
import { headerSimple } from '../canonicalization/header-simple.ts';
import type { ServiceTemplate } from '../service-template.ts';

/**
 * Mail's DKIM as a DOSETA service: what shows that a service is data.
 *
 * Nothing is forbidden to a verifier: RFC 6376 §5.4.1 only advises signers against Return-Path, Received, Comments and
 * Keywords, which ours never lists. A key under test (`t=y`) authenticates: §3.6.1 lets its messages be treated no worse
 * than unsigned ones, and the verdict says that the key is one, so that a caller may treat them no better either.
 *
 * @see RFC 6376; RFC 8301; RFC 8463.
 */
export const email: ServiceTemplate = {
  name: 'email',
  signatureField: 'DKIM-Signature',
  headerCanonicalizations: [headerRelaxed, headerSimple],
  contentCanonicalizations: [contentRelaxed, contentSimple],
  defaultCanonicalization: 'simple/simple',
  fields: {
    must: ['from'],
    mustIfPresent: [],
    should: [
      'reply-to',
      'subject',
      'date',
      'to',
      'cc',
      'message-id',
      'in-reply-to',
      'references',
      'mime-version',
      'content-type',
      'content-transfer-encoding',
      'resent-date',
      'resent-from',
      'resent-to',
      'resent-cc',
      'list-id',
      'list-unsubscribe',
    ],
    never: [],
    neverIfNamedIn: [],
  },
  repeatedNames: 'allow',
  signatures: 'any-passes',
  partialContent: 'allow',
  algorithms: ['rsa-sha256', 'ed25519-sha256'],
  keyService: 'email',
  testingKeys: 'accept',
  queryMethods: ['dns/txt'],
  listedQueryMethods: ['dns/txt'],
  times: { maxFutureSeconds: 300, minLifetimeSeconds: 1 },
};
