export type { KeyLookup, KeyQuery, KeySource } from './keys/key-source.ts';
export type { SigningIdentity, SigningKey, SigningKeys } from './keys/signing-keys.ts';
export type {
  AlgorithmName,
  ContentCanonicalization,
  Field,
  HeaderCanonicalization,
  QueryMethod,
  ServiceTemplate,
  SignedMessage,
} from './service-template.ts';
