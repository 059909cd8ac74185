import { usePageTitle } from "../parts/page-title.ts";
import { Empty } from "../parts/states.tsx";
import { linkTo } from "../routing/router.ts";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <>
      <h1 class="visually-hidden">Not found</h1>
      <Empty title="There is no such page">
        <p>The link may be mistyped.</p>
        <a class="button" href={linkTo(["models"])}>
          See all models
        </a>
      </Empty>
    </>
  );
}
