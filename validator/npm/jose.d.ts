/** A public key for RS256. It works with this bridge alone; it is no `CryptoKey`. */
export interface PublicKey {
  readonly type: "public";
}

export interface JWK {
  kty?: string;
  n?: string;
  e?: string;
  kid?: string;
  use?: string;
  alg?: string;
  key_ops?: string[];
  [member: string]: unknown;
}

export interface JSONWebKeySet {
  keys: JWK[];
}

export interface JWTHeaderParameters {
  alg: string;
  kid?: string;
  typ?: string;
  [parameter: string]: unknown;
}

export interface JWTPayload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  jti?: string;
  nbf?: number;
  exp?: number;
  iat?: number;
  [claim: string]: unknown;
}

export interface FlattenedJWSInput {
  payload: string | Uint8Array;
  signature: string;
  protected?: string;
  header?: Record<string, unknown>;
}

export interface JWTVerifyOptions {
  algorithms?: string[];
  issuer?: string | string[];
  audience?: string | string[];
  subject?: string;
  typ?: string;
  clockTolerance?: number | string;
  maxTokenAge?: number | string;
  requiredClaims?: string[];
  currentDate?: Date;
}

/** A key as WebCrypto has it, whose types are not everywhere. */
interface CryptoKeyLike {
  readonly type: string;
  readonly algorithm: object;
  readonly extractable: boolean;
}

/** A key as Node has it. */
interface KeyObjectLike {
  readonly type: string;
  export(options: { format: "jwk" }): object;
}

export type KeyInput = PublicKey | JWK | CryptoKeyLike | KeyObjectLike;

export type JWTVerifyGetKey = (
  protectedHeader: JWTHeaderParameters,
  token: FlattenedJWSInput,
) => KeyInput | Promise<KeyInput>;

export interface JWTVerifyResult<P = JWTPayload> {
  payload: P & JWTPayload;
  protectedHeader: JWTHeaderParameters;
}

export interface ResolvedKey {
  key: KeyInput;
}

export function jwtVerify<P = JWTPayload>(
  jwt: string | Uint8Array,
  key: KeyInput,
  options?: JWTVerifyOptions,
): Promise<JWTVerifyResult<P>>;
export function jwtVerify<P = JWTPayload>(
  jwt: string | Uint8Array,
  getKey: JWTVerifyGetKey,
  options?: JWTVerifyOptions,
): Promise<JWTVerifyResult<P> & ResolvedKey>;

export interface LocalJWKSet {
  (protectedHeader?: JWTHeaderParameters, token?: FlattenedJWSInput): Promise<PublicKey>;
  jwks(): JSONWebKeySet;
}

export function createLocalJWKSet(jwks: JSONWebKeySet): LocalJWKSet;

export interface RemoteJWKSetOptions {
  timeoutDuration?: number;
  cooldownDuration?: number;
  cacheMaxAge?: number;
  headers?: Record<string, string>;
  [jwksCache]?: JWKSCacheInput;
  [customFetch]?: FetchImplementation;
}

export interface ExportedJWKSCache {
  jwks: JSONWebKeySet;
  uat: number;
}

export type JWKSCacheInput = ExportedJWKSCache | Record<string, never>;

export type FetchImplementation = (url: string, init: RequestInit) => Promise<Response>;

export interface RemoteJWKSet {
  (protectedHeader?: JWTHeaderParameters, token?: FlattenedJWSInput): Promise<PublicKey>;
  readonly coolingDown: boolean;
  readonly fresh: boolean;
  readonly reloading: boolean;
  reload(): Promise<void>;
  jwks(): JSONWebKeySet | undefined;
}

export function createRemoteJWKSet(url: URL, options?: RemoteJWKSetOptions): RemoteJWKSet;

export const customFetch: unique symbol;
export const jwksCache: unique symbol;

export function importJWK(jwk: JWK, alg?: string): Promise<PublicKey>;
export function importSPKI(spki: string, alg: string): Promise<PublicKey>;

export function decodeJwt<P = JWTPayload>(jwt: string): P & JWTPayload;
export function decodeProtectedHeader(token: string | object): JWTHeaderParameters;

export * as errors from "./jose_errors.js";

export {};
