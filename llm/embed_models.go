package llm

import "strings"

// embedProfile is what a model's maker says about its use; the zero value says nothing.
type embedProfile struct {
	query, passage string   // what stands before a text
	languages      []string // nil for all
}

const (
	sentenceForSearch = "Represent this sentence for searching relevant passages: "
	webSearchTask     = "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
)

var english = []string{"en"}

// embedProfiles by a part of the model's name with its tag, without registry and owner; the first that fits
// counts, so the special stands before the general. From the makers' model cards, as named.
var embedProfiles = []struct {
	part string
	embedProfile
}{
	// huggingface.co/nomic-ai/nomic-embed-text-v2-moe: about 100 languages
	{"nomic-embed-text-v2", embedProfile{"search_query: ", "search_document: ", nil}},
	// huggingface.co/nomic-ai/nomic-embed-text-v1.5
	{"nomic-embed-text", embedProfile{"search_query: ", "search_document: ", english}},
	// huggingface.co/intfloat/multilingual-e5-large-instruct: instructions before questions alone
	{"multilingual-e5-large-instruct", embedProfile{webSearchTask + "Query: ", "", nil}},
	// huggingface.co/intfloat/multilingual-e5-large: 100 languages
	{"multilingual-e5", embedProfile{"query: ", "passage: ", nil}},
	// huggingface.co/intfloat/e5-mistral-7b-instruct: recommended for English
	{"e5-mistral", embedProfile{webSearchTask + "Query: ", "", english}},
	// huggingface.co/intfloat/e5-large-v2
	{"e5-small", embedProfile{"query: ", "passage: ", english}},
	{"e5-base", embedProfile{"query: ", "passage: ", english}},
	{"e5-large", embedProfile{"query: ", "passage: ", english}},
	// huggingface.co/Qwen/Qwen3-Embedding-0.6B: more than 100 languages; no space behind "Query:" in its example
	{"qwen3-embedding", embedProfile{webSearchTask + "Query:", "", nil}},
	// huggingface.co/BAAI/bge-m3: needs no instruction, more than 100 languages
	{"bge-m3", embedProfile{"", "", nil}},
	// huggingface.co/BAAI/bge-small-en-v1.5: instruction before short questions
	{"bge-small", embedProfile{sentenceForSearch, "", english}},
	{"bge-base", embedProfile{sentenceForSearch, "", english}},
	{"bge-large", embedProfile{sentenceForSearch, "", english}},
	// huggingface.co/mixedbread-ai/mxbai-embed-large-v1
	{"mxbai-embed-large", embedProfile{sentenceForSearch, "", english}},
	// huggingface.co/Snowflake/snowflake-arctic-embed-l-v2.0 (ollama.com/library/snowflake-arctic-embed2): 74 languages
	{"arctic-embed2", embedProfile{"query: ", "", nil}},
	{"arctic-embed-l-v2", embedProfile{"query: ", "", nil}},
	{"arctic-embed-m-v2", embedProfile{"query: ", "", nil}},
	// huggingface.co/Snowflake/snowflake-arctic-embed-m
	{"arctic-embed", embedProfile{sentenceForSearch, "", english}},
	// huggingface.co/google/embeddinggemma-300m: more than 100 languages
	{"embeddinggemma", embedProfile{"task: search result | query: ", "title: none | text: ", nil}},
	// huggingface.co/ibm-granite/granite-embedding-278m-multilingual: twelve languages
	{"granite-embedding:278m", embedProfile{"", "", graniteLanguages}},
	{"granite-embedding-278m-multilingual", embedProfile{"", "", graniteLanguages}},
	{"granite-embedding-107m-multilingual", embedProfile{"", "", graniteLanguages}},
	// huggingface.co/ibm-granite/granite-embedding-30m-english, which ollama.com/library/granite-embedding is by default
	{"granite-embedding", embedProfile{"", "", english}},
	// huggingface.co/sentence-transformers/paraphrase-multilingual-mpnet-base-v2: about 50 languages, French among them
	{"paraphrase-multilingual", embedProfile{"", "", nil}},
	// huggingface.co/sentence-transformers/all-MiniLM-L6-v2
	{"all-minilm", embedProfile{"", "", english}},
	{"all-mpnet", embedProfile{"", "", english}},
}

var graniteLanguages = []string{"en", "de", "es", "fr", "ja", "pt", "ar", "cs", "it", "ko", "nl", "zh"}

// profileOf is what is known of a model by its name, false if nothing is.
func profileOf(name string) (embedProfile, bool) {
	name = strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	for _, p := range embedProfiles {
		if strings.Contains(name, p.part) {
			return p.embedProfile, true
		}
	}
	return embedProfile{}, false
}
