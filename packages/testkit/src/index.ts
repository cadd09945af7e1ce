export { type DnsUnderTest, dnsContract } from './contracts/dns-contract.ts';
export { type Arrived, fallbackContract, type FallbackUnderTest } from './contracts/fallback-contract.ts';
export { type KeySourceUnderTest, keySourceContract, type PublishedKey } from './contracts/key-source-contract.ts';
export { createFakeClock, type FakeClock } from './fakes/fake-clock.ts';
export { createFakeFallback, type FakeFallback, type Taken } from './fakes/fake-fallback.ts';
export {
  createFakePeer,
  type ExpectedRequest,
  type FakePeer,
  type PeerAnswer,
  type PeerReaction,
} from './fakes/fake-peer.ts';
export { createScriptedRandom, createSeededRandom } from './fakes/scripted-random.ts';
export { createZoneDns, type ZoneDns } from './fakes/zone-dns.ts';
export { storeContract } from './contracts/store-contract.ts';
export type { StoreUnderTest } from './contracts/store-subject.ts';
