import { PageHead } from "../components/page.tsx";

export const GitHubPage = () => <PageHead title="GitHub" />;
