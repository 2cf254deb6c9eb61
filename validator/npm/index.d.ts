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
   * dated in the future, and not older than the version `floor`.
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

  /** The public keys as a plain JWK Set, for verifiers of other makes. */
  toJwks(): JwkSet;

  /** Returns the memory at once. Without it, the memory is returned when the object is garbage collected. */
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

/** A refused token. It repeats nothing of the token, so that it can be logged and sent to the client. */
export interface Refusal {
  ok: false;
  /** The stable name of the refusal, such as `token_expired`. */
  code: string;
  /** The claim that the refusal is about, such as `exp`. */
  claim: string | null;
  reason: Reason | null;
  /** What happened and what to do about it. */
  message: string;
}

/** A believed token. */
export interface Validated<C = Claims> {
  header: Header;
  claims: C;
}

/** Judges tokens by a key set and a policy. Make one and keep it. */
export class Validator {
  constructor(keySet: KeySet, options: ValidatorOptions);

  /** Returns the content of a token that is to be believed; throws a `ValidationError` for every other value. */
  validate<C = Claims>(token: string): Validated<C>;

  /** The same without throwing on account of the token, whatever value it is. */
  check<C = Claims>(token: unknown): ({ ok: true } & Validated<C>) | Refusal;

  /**
   * Puts a newer key set in the place of the present one. A signed set gives way only to a signed set of the same issuer
   * that is not older; otherwise a `KeySetError` is thrown, and the present set stays.
   */
  replaceKeySet(keySet: KeySet): void;

  /** Returns the memory at once. Without it, the memory is returned when the object is garbage collected. */
  free(): void;
  [Symbol.dispose](): void;
}

/** The arithmetic that verifies signatures here. All three give the same answers. */
export function engine(): "fused" | "simd128" | "scalar";

/** A token is refused. */
export class ValidationError extends Error {
  private constructor();
  readonly name: "ValidationError";
  readonly code: string;
  readonly claim: string | null;
  readonly reason: Reason | null;
}

/** A key set cannot be used. */
export class KeySetError extends Error {
  private constructor();
  readonly name: "KeySetError";
  readonly code: string;
}
