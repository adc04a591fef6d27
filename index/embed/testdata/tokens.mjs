// Makes tokens.json: the token ids that Hugging Face's own tokenizer library
// gives to the texts in it, from the model's tokenizer.json.
//     npm i @huggingface/tokenizers@0.2.0 && node tokens.mjs DIR tokens.json
// DIR holds tokenizer.json and tokenizer_config.json. To add a text, add it to
// tokens.json with no ids and run this.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [dir, file] = process.argv.slice(2);
const { Tokenizer } = createRequire(process.cwd() + "/")("@huggingface/tokenizers");
const read = (name) => JSON.parse(readFileSync(name, "utf8"));
const tokenizer = new Tokenizer(read(`${dir}/tokenizer.json`), read(`${dir}/tokenizer_config.json`));
const all = read(file).map(({ text }) => ({ text, ids: tokenizer.encode(text).ids }));
writeFileSync(file, "[\n" + all.map((t) => JSON.stringify(t)).join(",\n") + "\n]\n");
