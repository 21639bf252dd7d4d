import { PageHead } from "../components/page.tsx";

export const TimelinePage = () => <PageHead title="Timeline" />;
