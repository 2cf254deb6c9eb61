/** Bounds on hostile input. The defaults are meant to be kept. */
export interface Limits {
  /** The longest token, in bytes: 16 KiB unless set, 64 KiB at most. */
  tokenBytes?: number;
  /** The longest token header, in decoded bytes: 4 KiB unless set. */
  headerBytes?: number;
  /** How deep objects and lists may nest: 128 unless set, and at most. */
  jsonDepth?: number;
  /** The largest key set, in bytes of its text: 256 KiB unless set, 4 MiB at most. */
  keySetBytes?: number;
  /** How many keys a set may list: 1,000 unless set, 10,000 at most. */
  keys?: number;
  /** Which public exponents a key may have: 65537 only, unless set. */
  exponents?: "f4" | "odd-up-to-33-bits";
}

/** A JWK Set (RFC 7517 section 5). */
export interface JwkSet {
  keys: object[];
}

/** The keys whose signatures are believed. */
export class KeySet {
  private constructor();

  /**
   * Reads a plain JWK Set, as an object or as its JSON text. Keys of other kinds are ignored; an RSA signature key that
   * breaks a rule is a `KeySetError`.
   */
  static fromJwks(jwks: JwkSet | string, options?: { limits?: Limits }): KeySet;

  /** Reads public keys in PEM. Each key's `kid` is its RFC 7638 thumbprint. */
  static fromPem(pem: string | string[], options?: { limits?: Limits }): KeySet;

  /**
   * Reads a signed key set, and believes it only if one of `roots` signed it and it is of `issuer`, neither expired nor
   * dated in the future, not older than the version `floor`, and has the filters of revoked tokens that it names: else
   * the `KeySetError` is `filter_missing`, and its `filters` are those to fetch.
   */
  static fromSigned(jws: string, roots: JwkSet | string, options: SignedKeySetOptions): KeySet;

  /** How many keys can verify a token. */
  readonly size: number;
  /** The names of the keys, newest first. */
  readonly kids: string[];
  /** The version of a signed set. */
  readonly version: number | undefined;
  /** The generation of the delegation that a set was signed under, if no root has signed it itself. */
  readonly generation: number | undefined;
  /** The issuer of a signed set. */
  readonly issuer: string | undefined;
  /** The second, since 1970, from which a signed set is not believed any more. */
  readonly expiresAt: number | undefined;
  /** After how many seconds a reader of a signed set looks for a newer one. */
  readonly refresh: number | undefined;

  /** The public keys as a plain JWK Set, for verifiers of other makes. */
  toJwks(): JwkSet;

  /**
   * Returns the memory at once. Without it, the memory is returned when the object is garbage collected. To free it again
   * does nothing; everything else is a `TypeError` afterwards.
   */
  free(): void;
  [Symbol.dispose](): void;
}

export interface SignedKeySetOptions {
  /** The issuer that the key set must be of. */
  issuer: string;
  /** The time in seconds since 1970, or a function that returns it. The system's unless set. */
  now?: number | (() => number);
  /** The highest version seen so far: an older set is a rollback, and refused. */
  floor?: number;
  /** The highest generation of a delegation seen so far: a set signed under an older one is refused. */
  generationFloor?: number;
  /** The values of the filters of revoked tokens that the set names, by their names. Others change nothing. */
  filters?: Record<string, Uint8Array>;
  /** A set whose filters are taken over where this one names them too, so that they need not be read again. */
  previous?: KeySet;
  limits?: Limits;
}

/** What a token must be to be believed, beyond its signature. An unknown option is a `TypeError`. */
export interface ValidatorOptions {
  /** Whose tokens are taken: the `iss`, several, or `null` if it is not to be checked. */
  issuer: string | string[] | null;
  /** For whom: the `aud`, several of which one must match, or `null` if it is not to be checked. */
  audience: string | string[] | null;
  /** By how many seconds clocks may differ: 30 unless set. A token is expired once `now >= exp + leeway`. */
  leeway?: number;
  /** Claims that must be there: `["exp"]` unless set; `[]` lifts the requirement. */
  requiredClaims?: string[];
  /** The `typ` that the header must have, or several. `application/` and letter case do not count. */
  typ?: string | string[];
  /** Demands `iat`, and refuses a token issued more than so many seconds ago. */
  maxTokenAge?: number;
  /** Whether a token without `kid` is tried against the newest four keys: `false` unless set. */
  allowMissingKid?: boolean;
  /** The clock: a function that returns seconds since 1970. The system's unless set. */
  now?: () => number;
  /**
   * Whether verdicts on believed tokens are kept, and how many: 1,000 and 8 MiB unless set. `exp`, `nbf` and the other
   * rules about time are asked again each time, and a new key set empties it. `header` and `claims` are frozen, except
   * with `false`.
   */
  cache?: false | { entries?: number; bytes?: number };
  limits?: Limits;
}

/** The protected header of a token. */
export interface Header {
  alg: "RS256";
  kid?: string;
  typ?: string;
  [parameter: string]: unknown;
}

/** The claims of a token. */
export interface Claims {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  exp?: number;
  nbf?: number;
  iat?: number;
  jti?: string;
  [claim: string]: unknown;
}

/** What is wrong with the claim or header parameter that a refusal is about. */
export type Reason = "missing" | "mismatch" | "malformed";

// The codes are written by the tests of the validator, from its own list and from what the vectors expect.
// <codes>
/** Why a token is refused. */
export type RefusalCause =
  | { code: "token_too_large" | "token_malformed" | "base64url_invalid" | "header_too_large" | "duplicate_member" | "crit_not_supported" | "kid_missing" | "key_set_expired" | "kid_unknown" | "key_retired" | "key_revoked" | "signature_invalid" | "claims_malformed"; claim: null; reason: null }
  | { code: "header_malformed"; claim: null; reason: "malformed" | null }
  | { code: "alg_not_allowed"; claim: null; reason: "malformed" | "mismatch" | "missing" }
  | { code: "typ_mismatch"; claim: null; reason: "mismatch" | "missing" }
  | { code: "kid_malformed"; claim: null; reason: "malformed" }
  | { code: "claim_malformed"; claim: "aud" | "client_id" | "exp" | "iat" | "iss" | "jti" | "nbf" | "sid" | "sub"; reason: "malformed" }
  | { code: "claim_missing"; claim: string; reason: "missing" }
  | { code: "token_expired"; claim: "exp"; reason: "mismatch" }
  | { code: "token_not_yet_valid"; claim: "iat" | "nbf"; reason: "mismatch" }
  | { code: "token_too_old" | "issued_before_epoch"; claim: "iat"; reason: "mismatch" }
  | { code: "issuer_mismatch"; claim: "iss"; reason: "mismatch" }
  | { code: "audience_mismatch"; claim: "aud"; reason: "mismatch" }
  | { code: "token_revoked"; claim: "jti"; reason: "mismatch" }
  | { code: "session_revoked"; claim: "sid"; reason: "mismatch" }
  | { code: "revocation_unconfirmed"; claim: string; reason: "mismatch" }
  | NoKeySet;

/** Why a key set cannot be used. */
export type KeySetErrorCode =
  | "key_set_too_large"
  | "key_set_malformed"
  | "duplicate_member"
  | "too_many_keys"
  | "pem_malformed"
  | "private_key_in_set"
  | "key_malformed"
  | "key_too_small"
  | "key_too_large"
  | "modulus_even"
  | "modulus_weak"
  | "exponent_not_allowed"
  | "duplicate_kid"
  | "no_usable_key"
  | "root_keys_invalid"
  | "document_malformed"
  | "document_alg_not_allowed"
  | "document_typ_mismatch"
  | "document_root_unknown"
  | "document_signature_invalid"
  | "document_format_unsupported"
  | "document_version_ahead"
  | "too_many_filters"
  | "signing_key_in_set"
  | "revoked_key_in_set"
  | "delegation_malformed"
  | "delegation_signature_invalid"
  | "delegation_key_mismatch"
  | "delegation_issuer_mismatch"
  | "document_issuer_mismatch"
  | "delegation_not_yet_valid"
  | "delegation_expired"
  | "document_not_yet_valid"
  | "document_expired"
  | "delegation_withdrawn"
  | "document_version_rollback"
  | "filter_missing"
  | "filter_too_large"
  | "filter_digest_mismatch"
  | "filter_malformed";
// </codes>

/** A validator that follows a remote key set has none yet, or none that is young enough. */
interface NoKeySet {
  code: "key_set_unavailable";
  claim: null;
  reason: null;
}

/** A refused token. It repeats nothing of the token, so that it can be logged and sent to the client. */
export type Refusal = RefusalCause & {
  ok: false;
  /** What happened and what to do about it. */
  message: string;
};

/** A believed token. */
export interface Validated<C = Claims> {
  header: Header;
  claims: C;
}

/** Where key sets come from that change by themselves, such as `remoteKeySet` of `@keystile/validator/remote`. */
export interface KeySetSource {
  /** The set to judge by now. Asked for every token, and must not wait. */
  current(): KeySet | undefined;
  /** Settled once there is a set to judge by, or none to be had now. Never rejects. */
  settled(): Promise<void>;
  /** Looks for a newer set on account of a `kid` that is not in the present one, and says whether there is one. Never rejects. */
  reread(): Promise<boolean>;
  /**
   * Reads an exact list of revoked tokens, of `maxBytes` at most, for a token that a filter of a signed set has a hit for.
   * Without it, or where it rejects, such a token is refused with `revocation_unconfirmed`.
   */
  value?(name: string, maxBytes: number): Promise<Uint8Array>;
}

/** Judges tokens by a key set and a policy. Make one and keep it. */
export class Validator {
  /** A validator with a source follows it: its newest set is the one that is judged by. */
  constructor(keySet: KeySet | KeySetSource, options: ValidatorOptions);

  /** Returns the content of a token that is to be believed; throws a `ValidationError` for every other value. */
  validate<C = Claims>(token: string): Validated<C>;

  /** The same without throwing on account of the token, whatever value it is. */
  check<C = Claims>(token: unknown): ({ ok: true } & Validated<C>) | Refusal;

  /**
   * Like `validate`, but waits for a source: for its first set, for a newer one than one that is too old, for another
   * reading where the token names a key that is not in the set, and for a list where it may have been revoked. With a `KeySet` it is `validate` in a promise.
   */
  validateAsync<C = Claims>(token: string): Promise<Validated<C>>;

  /** The same without rejecting on account of the token, whatever value it is. */
  checkAsync<C = Claims>(token: unknown): Promise<({ ok: true } & Validated<C>) | Refusal>;

  /**
   * Puts a newer key set in the place of the present one. A signed set gives way only to a signed set of the same issuer
   * that is not older; otherwise a `KeySetError` is thrown, and the present set stays.
   */
  replaceKeySet(keySet: KeySet): void;

  /**
   * Returns the memory at once. Without it, the memory is returned when the object is garbage collected. To free it again
   * does nothing; everything else is a `TypeError` afterwards.
   */
  free(): void;
  [Symbol.dispose](): void;
}

/** The arithmetic that verifies signatures here. All three give the same answers. */
export function engine(): "fused" | "simd128" | "scalar";

/** A token is refused. `code` says why, and narrows `claim` and `reason`. */
export type ValidationError = Error & RefusalCause & { readonly name: "ValidationError" };
export const ValidationError: ValidationErrorClass;

interface ValidationErrorClass extends Function {
  readonly prototype: ValidationError;
}

/** A key set cannot be used. */
export class KeySetError extends Error {
  private constructor();
  readonly name: "KeySetError";
  readonly code: KeySetErrorCode;
  /** The filters that `filter_missing` is about, and how many bytes each has at most. */
  readonly filters?: { name: string; maxBytes: number }[];
}

export {};
