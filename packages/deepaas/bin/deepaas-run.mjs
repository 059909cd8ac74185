#!/usr/bin/env node
import "@deepaas/cli/bin/deepaas-run.mjs";
