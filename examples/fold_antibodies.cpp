// Folds antibodies with handles that free themselves and errors as exceptions: fold_antibodies out.pdb HEAVY:LIGHT...
// SPDX-License-Identifier: MIT
#include <pleat.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

template <typename T, void (*release)(T *)>
struct Release {
  void operator()(T *object) const { release(object); }
};
using Context = std::unique_ptr<pleat_context, Release<pleat_context, pleat_context_free>>;
using Model = std::unique_ptr<pleat_model, Release<pleat_model, pleat_model_free>>;
using Query = std::unique_ptr<pleat_query, Release<pleat_query, pleat_query_free>>;
using Result = std::unique_ptr<pleat_result, Release<pleat_result, pleat_result_free>>;

static void check(const Context &context, pleat_status status) {
  if (status != PLEAT_OK) throw std::runtime_error(pleat_context_error(context.get()));
}

int main(int argc, char **argv) try {
  if (argc < 3) return 1;
  pleat_context *raw_context = nullptr;
  if (pleat_context_create(nullptr, &raw_context) != PLEAT_OK) return 1;
  const Context context(raw_context);
  pleat_model *raw_model = nullptr;
  check(context, pleat_model_open(context.get(), "flashabb", &raw_model));
  const Model model(raw_model);

  std::vector<Query> queries;
  std::vector<const pleat_query *> batch;
  for (int i = 2; i < argc; i++) {
    pleat_query *query = nullptr;
    check(context, pleat_query_create(context.get(), argv[i], argv[i], &query));
    queries.emplace_back(query);
    batch.push_back(query);
  }
  std::vector<pleat_result *> raw_results(batch.size());
  check(context, pleat_predict(model.get(), batch.data(), batch.size(), raw_results.data()));
  const std::vector<Result> results(raw_results.begin(), raw_results.end());

  check(context, pleat_result_write(results.front().get(), argv[1]));
  for (const Result &result : results)
    std::cout << pleat_structure_atom_count(pleat_result_structure(result.get())) << " atoms\n";
  return 0;
} catch (const std::exception &error) {
  std::cerr << error.what() << '\n';
  return 2;
}
