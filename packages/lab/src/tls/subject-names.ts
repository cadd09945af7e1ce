import { AsnConvert, AsnIA5StringConverter } from '@peculiar/asn1-schema';
import { GeneralName, id_ce_subjectAltName, OtherName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { Extension } from '@peculiar/x509';

/** The names a certificate is to carry. */
export interface SubjectNamesRequest {
  readonly dnsNames?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly srvNames?: readonly string[] | undefined;
}

const dnsSrvId = '1.3.6.1.5.5.7.8.7';

/**
 * Writes a subjectAltName: dNSName, iPAddress, and SRVName as an otherName, which @peculiar/x509 does not offer.
 *
 * @throws the library's error for an address that is none.
 * @see RFC 5280 §4.2.1.6; RFC 4985 §2.
 */
export function subjectNames(request: SubjectNamesRequest, critical?: 'critical'): Extension {
  const names = new SubjectAlternativeName([
    ...(request.dnsNames ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(request.addresses ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
    ...(request.srvNames ?? []).map((name) => new GeneralName({ otherName: srvName(name) })),
  ]);
  return new Extension(id_ce_subjectAltName, critical !== undefined, AsnConvert.serialize(names));
}

function srvName(name: string): OtherName {
  return new OtherName({ typeId: dnsSrvId, value: AsnConvert.serialize(AsnIA5StringConverter.toASN(name)) });
}
