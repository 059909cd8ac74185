// The example of OpenID Connect in packages/auth/README.md; packages.test.ts checks that it loads.
// #region oidc
import { oidc } from "@deepaas/auth";

export const egi = oidc({
  issuer: "https://aai.egi.eu/auth/realms/egi",
  audience: "my-client-id",
  scopes: ["predict"],
  group: {
    "urn:mace:egi.eu:group:vo.example.org:role=member#aai.egi.eu": ["train"],
    "urn:mace:egi.eu:group:vo.example.org:role=owner#aai.egi.eu": ["admin"],
  },
});
// #endregion oidc
