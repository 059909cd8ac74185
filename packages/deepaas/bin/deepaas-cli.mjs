#!/usr/bin/env node
import "@deepaas/cli/bin/deepaas-cli.mjs";
