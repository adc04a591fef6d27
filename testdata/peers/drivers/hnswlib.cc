// hnswlib as a peer: reads a line a request, answers with one line of JSON (peer.go says which).
//     hnswlib DIR VECTORS DIMENSIONS QUERIES K M EF_CONSTRUCTION EF
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "hnswlib.h"

using Graph = hnswlib::HierarchicalNSW<float>;
using Clock = std::chrono::steady_clock;

static std::vector<float> read(const std::string& path, size_t floats) {
  std::vector<float> all(floats);
  FILE* f = std::fopen(path.c_str(), "rb");
  if (!f || std::fread(all.data(), sizeof(float), floats, f) != floats) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(1);
  }
  std::fclose(f);
  return all;
}

static double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

static double processor() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + 1e-6 * (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void answers(Graph& graph, const std::vector<float>& queries, size_t dim, size_t k, size_t n, const std::string& path) {
  std::vector<int> ids(n * k, -1);
  for (size_t i = 0; i < n; i++) {
    auto found = graph.searchKnn(&queries[i * dim], k);
    for (size_t j = found.size(); j-- > 0; found.pop()) ids[i * k + j] = int(found.top().second);
  }
  FILE* f = std::fopen(path.c_str(), "wb");
  if (!f || std::fwrite(ids.data(), sizeof(int), ids.size(), f) != ids.size() || std::fclose(f)) std::exit(1);
}

int main(int argc, char** argv) {
  if (argc != 9) return 2;
  std::string dir = argv[1];
  size_t n = std::stoul(argv[2]), dim = std::stoul(argv[3]), asked = std::stoul(argv[4]), k = std::stoul(argv[5]);
  auto base = read(dir + "/base.f32", n * dim), queries = read(dir + "/queries.f32", asked * dim);
  hnswlib::InnerProductSpace space(dim);
  Graph graph(&space, n, std::stoul(argv[6]), std::stoul(argv[7]));
  graph.setEf(std::stoul(argv[8]));
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string what, path;
    size_t from = 0, count = 0;
    auto begun = Clock::now();
    double cpu = processor();
    in >> what;
    if (what == "build") {  // on two threads, as all others
      graph.addPoint(&base[0], 0);
      std::vector<std::thread> threads;
      for (size_t t = 0; t < 2; t++)
        threads.emplace_back([&, t] {
          for (size_t i = 1 + t; i < n; i += 2) graph.addPoint(&base[i * dim], i);
        });
      for (auto& t : threads) t.join();
      count = n;
    } else if (what == "answers") {
      in >> count >> path;
      answers(graph, queries, dim, k, count, path);
    } else if (what == "round") {
      double limit = 0;
      in >> from >> limit;
      for (; since(begun) < limit; count++) graph.searchKnn(&queries[(from + count) % asked * dim], k);
    }
    std::printf("{\"count\":%zu,\"seconds\":%.6f,\"processor\":%.6f}\n", count, since(begun), processor() - cpu);
    std::fflush(stdout);
  }
}
