import { PageHead } from "../components/page.tsx";

export const BrowsersPage = () => <PageHead title="Browsers" />;
