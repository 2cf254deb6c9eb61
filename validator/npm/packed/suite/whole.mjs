// Every door of the package, imported by its public name, and what must hold of them in every runtime.

import * as keystile from "@keystile/validator";
import * as expressAdapter from "@keystile/validator/express";
import * as fastifyAdapter from "@keystile/validator/fastify";
import * as fetchAdapter from "@keystile/validator/fetch";
import * as honoAdapter from "@keystile/validator/hono";
import * as inline from "@keystile/validator/inline";
import * as jose from "@keystile/validator/jose";
import * as remote from "@keystile/validator/remote";

import { adapters } from "./adapters.mjs";
import { inlineEntry } from "./inline.mjs";
import { joseBridge } from "./jose.mjs";
import { remoteKeySets } from "./remote-key-sets.mjs";
import { revocations } from "./revocations.mjs";
import { CORE } from "./run.mjs";

export const MODULES = { keystile, expressAdapter, fastifyAdapter, fetchAdapter, honoAdapter, inline, jose, remote };
export const WHOLE = [...CORE, remoteKeySets, revocations, adapters, joseBridge, inlineEntry];
