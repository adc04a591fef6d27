package llm

// What Relevant asks for, for a reader who wants to know why the box abstained.
// All but RuleShortWords are percent.
const (
	RuleCoverage   = int(minCoverage * 100) // of the question's idf mass, by the best passage
	RuleShort      = int(shortCovers * 100) // the same for a question of at most RuleShortWords words
	RuleShortWords = shortWords
	RuleNamed      = int(minNamed * 100) // of its names, figures and codes, by all passages together
)
