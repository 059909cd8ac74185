// Imports every package that a user installs: its declarations must compile with `skipLibCheck: false`.
import * as client from "@deepaas/client";
import * as core from "@deepaas/core";
import * as coreNode from "@deepaas/core/node";
import * as corePorts from "@deepaas/core/ports";
import * as inProcess from "@deepaas/in-process";
import * as koa from "@deepaas/koa";
import * as protocol from "@deepaas/protocol";
import * as rpc from "@deepaas/protocol/rpc";
import * as sqlite from "@deepaas/sqlite";
import * as workers from "@deepaas/workers";
import * as ws from "@deepaas/ws";
import * as wsNode from "@deepaas/ws/node";

export const packages = [client, core, coreNode, corePorts, inProcess, koa, protocol, rpc, sqlite, workers, ws, wsNode];
