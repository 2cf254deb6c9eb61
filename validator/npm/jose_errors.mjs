// The error classes that users of jose catch: the same names, codes and members. Messages are ours.

export class JOSEError extends Error {
  static code = "ERR_JOSE_GENERIC";
  code = "ERR_JOSE_GENERIC";

  constructor(message, options) {
    super(message, options);
    this.name = new.target.className ?? "JOSEError";
  }
}

/** An error without members of its own. Its name is kept apart from the class's, which a minifier changes. */
function plain(name, errorCode, usual) {
  return class extends JOSEError {
    static className = name;
    static code = errorCode;
    code = errorCode;

    constructor(message = usual, options = undefined) {
      super(message, options);
    }
  };
}

/** An error about one claim of a token whose signature is good. */
function aboutClaim(name, errorCode) {
  return class extends JOSEError {
    static className = name;
    static code = errorCode;
    code = errorCode;

    constructor(message, payload, claim = "unspecified", reason = "unspecified") {
      super(message, { cause: { claim, reason, payload } });
      Object.assign(this, { claim, reason, payload });
    }
  };
}

export const JWTClaimValidationFailed = aboutClaim("JWTClaimValidationFailed", "ERR_JWT_CLAIM_VALIDATION_FAILED");
export const JWTExpired = aboutClaim("JWTExpired", "ERR_JWT_EXPIRED");
export const JOSEAlgNotAllowed = plain("JOSEAlgNotAllowed", "ERR_JOSE_ALG_NOT_ALLOWED");
export const JOSENotSupported = plain("JOSENotSupported", "ERR_JOSE_NOT_SUPPORTED");
export const JWSInvalid = plain("JWSInvalid", "ERR_JWS_INVALID");
export const JWTInvalid = plain("JWTInvalid", "ERR_JWT_INVALID");
export const JWKInvalid = plain("JWKInvalid", "ERR_JWK_INVALID");
export const JWKSInvalid = plain("JWKSInvalid", "ERR_JWKS_INVALID");
export const JWKSNoMatchingKey = plain("JWKSNoMatchingKey", "ERR_JWKS_NO_MATCHING_KEY", "the key set has no key for this token");
export const JWKSMultipleMatchingKeys = plain("JWKSMultipleMatchingKeys", "ERR_JWKS_MULTIPLE_MATCHING_KEYS", "the key set has several keys for this token; iterate over this error to try them");
export const JWKSTimeout = plain("JWKSTimeout", "ERR_JWKS_TIMEOUT", "the key set took too long to come");
export const JWSSignatureVerificationFailed = plain("JWSSignatureVerificationFailed", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "the signature does not match the token");
