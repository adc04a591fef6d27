package llm

// The models of Evidence.Probability: logistic regressions over
// Evidence.vector, one for questions that were searched for by words alone and
// one for those by words and meaning. They were fitted on testdata/evidence.tsv.gz:
//
//	questions of testdata/demo with odd numbers
//	piaf-fr, 1,000 questions: answer among the best twelve passages; its
//	  paragraph taken out; French questions of testdata/demo put to it
//	cranfield, nfcorpus-pre, cisi (built-in embedder and without): a judged
//	  document among the best twelve; questions of another collection put to it
//
// which these commands make, then fit, in this directory:
//
//	coffre eval --answers ../testdata/demo/questions.jsonl --evidence E
//	coffre eval $D/piaf-fr --abstain --off-topic FR --evidence E
//	coffre eval $D/cranfield --abstain --off-topic $D/nfcorpus-pre/queries.jsonl --evidence E
//	coffre eval $D/nfcorpus-pre --abstain --off-topic $D/cranfield/queries.jsonl --evidence E
//	coffre eval $D/cisi --abstain --off-topic EN --evidence E
//	the last three again with --mode hybrid
//	gzip -9nc E > testdata/evidence.tsv.gz; go test . -run TestJudgeFit -fit -v
//
// FR and EN are the lines of the demo's questions in that language. Share that
// is answered with a threshold (TestJudgeFit prints it, too), held out where
// the demo's questions have even numbers:
//
//	        piaf-fr                 English, both legs   English, words   demo, even
//	least   answer  out  foreign    answer  foreign      answer  foreign  answer  none  forbidden
//	0.20     97%    73%    26%       100%     34%         96%     23%      100%   60%     30%
//	0.30     92%    59%    19%        99%     23%         93%     11%      100%   20%     20%
//	0.40     87%    47%     6%        98%     12%         88%      6%      100%   13%     10%
//	0.50     81%    35%     1%        97%      8%         84%      4%      100%    7%     10%
//	0.60     73%    26%     0%        95%      5%         80%      3%      100%    7%     10%
//	0.70     65%    18%     0%        93%      3%         74%      2%      100%    7%     10%
//
// A quotation that would give the figure of something else is refused after
// that (extractive.go), so a few more are refused than the table says. Whole
// paragraphs of piaf-fr, questions that weren't fitted on (TestJudgePIAF): see
// there. Taking the paragraph out is harder than life: what the same article
// says elsewhere stays in. A refusal still shows the nearest passages.
const (
	leastLenient = 0.25
	// DefaultLeast is what Balanced means.
	DefaultLeast = 0.40
	leastStrict  = 0.60
)

// A question names something that the passages don't hold where less than
// leastNamed of its names, figures and codes occur in them, unless the best
// passage holds sureCoverage of it all: then a name is misspelt or inflected.
const (
	leastNamed   = 0.70
	sureCoverage = 0.80
	// mostStrange bounds the probability where no passage holds any of the codes
	// in the question; too few of the fitted questions are so to weigh it.
	mostStrange = 0.20
)

// The coefficients, in the order of Evidence.vector.
var (
	byWords = [13]float64{-3.19, 2.76, -0.77, 4.41, 1.33, 0.00, 0.96, -0.67, 1.34, 1.08, 0.08, -3.21, -1.24}
	byBoth  = [17]float64{-4.27, 1.32, 1.31, 1.83, -1.03, 0.53, 1.37, -0.67, 0.94, 1.22, 0.71, -0.21, -1.07, 4.03, 3.08, -0.30, 1.28}
)
