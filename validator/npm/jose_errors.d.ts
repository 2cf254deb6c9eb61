import type { JWTPayload } from "./jose.js";

export class JOSEError extends Error {
  static code: string;
  code: string;
  constructor(message?: string, options?: { cause?: unknown });
}

declare class ClaimError extends JOSEError {
  claim: string;
  reason: string;
  payload: JWTPayload;
  constructor(message: string, payload: JWTPayload, claim?: string, reason?: string);
}

export class JWTClaimValidationFailed extends ClaimError {
  static code: "ERR_JWT_CLAIM_VALIDATION_FAILED";
  code: "ERR_JWT_CLAIM_VALIDATION_FAILED";
}
export class JWTExpired extends ClaimError {
  static code: "ERR_JWT_EXPIRED";
  code: "ERR_JWT_EXPIRED";
}
export class JOSEAlgNotAllowed extends JOSEError {
  static code: "ERR_JOSE_ALG_NOT_ALLOWED";
  code: "ERR_JOSE_ALG_NOT_ALLOWED";
}
export class JOSENotSupported extends JOSEError {
  static code: "ERR_JOSE_NOT_SUPPORTED";
  code: "ERR_JOSE_NOT_SUPPORTED";
}
export class JWSInvalid extends JOSEError {
  static code: "ERR_JWS_INVALID";
  code: "ERR_JWS_INVALID";
}
export class JWTInvalid extends JOSEError {
  static code: "ERR_JWT_INVALID";
  code: "ERR_JWT_INVALID";
}
export class JWKInvalid extends JOSEError {
  static code: "ERR_JWK_INVALID";
  code: "ERR_JWK_INVALID";
}
export class JWKSInvalid extends JOSEError {
  static code: "ERR_JWKS_INVALID";
  code: "ERR_JWKS_INVALID";
}
export class JWKSNoMatchingKey extends JOSEError {
  static code: "ERR_JWKS_NO_MATCHING_KEY";
  code: "ERR_JWKS_NO_MATCHING_KEY";
}
export class JWKSMultipleMatchingKeys extends JOSEError {
  static code: "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  code: "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  [Symbol.asyncIterator](): AsyncIterableIterator<import("./jose.js").PublicKey>;
}
export class JWKSTimeout extends JOSEError {
  static code: "ERR_JWKS_TIMEOUT";
  code: "ERR_JWKS_TIMEOUT";
}
export class JWSSignatureVerificationFailed extends JOSEError {
  static code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
}

export {};
