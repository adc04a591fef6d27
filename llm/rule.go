package llm

// What the rule asked for before it was calibrated; the page of an answer still names it.
const (
	RuleCoverage   = 40
	RuleShort      = 50
	RuleShortWords = 3
	RuleNamed      = 70
)
