#!/usr/bin/env node
import { start } from "@deepaas/cli/bin/start.mjs";

start("create-deepaas");
