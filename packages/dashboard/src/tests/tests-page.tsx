import { PageHead } from "../components/page.tsx";

export const TestsPage = () => <PageHead title="Tests" />;
