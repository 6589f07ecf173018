! pleat for Fortran: a module over the C API by iso_c_binding, without copies; include/pleat.h has the meaning of each call.
! SPDX-License-Identifier: MIT
!
! Handles are type(c_ptr). Texts are Fortran texts. A call that can fail returns its status, pleat_ok when all is well;
! pleat_context_error gives the sentence. Arrays come as pointers onto the result's own memory, with the C order of their
! subscripts turned round: positions (L,14,3) is positions(3,14,L) here; they live as long as the result does.
module pleat
  use, intrinsic :: iso_c_binding
  implicit none
  private

  integer(c_int), parameter, public :: pleat_ok = 0, pleat_error_input = 1, pleat_error_format = 2, pleat_error_shape = 3, &
    pleat_error_io = 4, pleat_error_memory = 5, pleat_error_limit = 6, pleat_error_unsupported = 7, pleat_error_not_found = 8, &
    pleat_error_cancelled = 9

  type, bind(c) :: pleat_array
    type(c_ptr) :: name, data
    integer(c_int) :: rank
    integer(c_size_t) :: shape(4)
  end type

  type, bind(c), public :: pleat_atom
    character(kind=c_char) :: chain(8), residue_name(8)
    integer(c_int) :: residue_number
    character(kind=c_char) :: insertion_code, name(8), element(4), alternate
    integer(c_int) :: hetero
    real(c_double) :: position(3)
    real(c_float) :: occupancy, b_factor
  end type

  type, bind(c) :: c_template_source
    type(c_ptr) :: folder, hits, latest
  end type

  type, bind(c) :: c_template_info
    type(c_ptr) :: name, path
    integer(c_int) :: chain
    real(c_double) :: coverage, identity, sum_probs
    type(c_ptr) :: refused
    integer(c_int64_t) :: digest
  end type

  ! one template that was looked at; refused: why it is not used, "" when it is; chain counts from 1
  type, public :: pleat_template_info
    character(len=:), allocatable :: name, path, refused
    integer :: chain
    real(c_double) :: coverage, identity, sum_probs
    integer(c_int64_t) :: digest
  end type

  type, bind(c), public :: pleat_plan
    integer(c_size_t) :: process_bytes, activation_bytes, weight_bytes, result_bytes
    real(c_double) :: flops, seconds
  end type

  type, bind(c), public :: pleat_design_settings
    integer(c_size_t) :: samples = 1, first_sample = 0
    integer(c_int64_t) :: seed = 0
    real(c_double) :: temperature = 0.1d0
  end type

  type, bind(c), public :: pleat_score_settings
    integer(c_size_t) :: samples = 1, first_sample = 0
    integer(c_int64_t) :: seed = 0
    integer(c_int) :: single = 0, use_sequence = 1
  end type

  type, bind(c), public :: pleat_pack_settings
    integer(c_size_t) :: samples = 1, first_sample = 0
    integer(c_int64_t) :: seed = 0
    integer(c_int) :: steps = 3, candidates = 16, repack_everything = 0, ligand_context = 1
  end type

  ! int progress(void *user, double fraction, const char *stage): non-zero cancels the run
  abstract interface
    function pleat_progress(user, fraction, stage) result(stop) bind(c)
      import
      type(c_ptr), value :: user, stage
      real(c_double), value :: fraction
      integer(c_int) :: stop
    end function
  end interface

  ! what takes no text is the C function itself
  interface
    subroutine pleat_context_free(context) bind(c)
      import
      type(c_ptr), value :: context
    end subroutine
    subroutine pleat_context_set_threads(context, threads) bind(c)
      import
      type(c_ptr), value :: context
      integer(c_int), value :: threads
    end subroutine
    subroutine pleat_context_set_memory_limit(context, bytes) bind(c)
      import
      type(c_ptr), value :: context
      integer(c_size_t), value :: bytes
    end subroutine
    subroutine pleat_context_set_precision(context, precision) bind(c) ! 0 fp32, 1 bf16, 2 int8
      import
      type(c_ptr), value :: context
      integer(c_int), value :: precision
    end subroutine
    subroutine pleat_context_set_progress(context, progress, user) bind(c)
      import
      type(c_ptr), value :: context, user
      type(c_funptr), value :: progress
    end subroutine
    subroutine pleat_query_free(query) bind(c)
      import
      type(c_ptr), value :: query
    end subroutine
    function pleat_query_set_msa(query, msa) result(status) bind(c)
      import
      type(c_ptr), value :: query, msa
      integer(c_int) :: status
    end function
    function pleat_query_template_count(query) result(templates) bind(c)
      import
      type(c_ptr), value :: query
      integer(c_size_t) :: templates
    end function
    function c_query_template_at(query, at) result(info) bind(c, name="pleat_query_template_at")
      import
      type(c_ptr), value :: query
      integer(c_size_t), value :: at
      type(c_template_info) :: info
    end function
    function c_query_add_templates(query, source) result(status) bind(c, name="pleat_query_add_templates")
      import
      type(c_ptr), value :: query
      type(c_template_source), intent(in) :: source
      integer(c_int) :: status
    end function
    subroutine pleat_msa_free(msa) bind(c)
      import
      type(c_ptr), value :: msa
    end subroutine
    function pleat_msa_row_count(msa) result(rows) bind(c)
      import
      type(c_ptr), value :: msa
      integer(c_size_t) :: rows
    end function
    function pleat_msa_column_count(msa) result(columns) bind(c)
      import
      type(c_ptr), value :: msa
      integer(c_size_t) :: columns
    end function
    subroutine pleat_structure_free(structure) bind(c)
      import
      type(c_ptr), value :: structure
    end subroutine
    function pleat_structure_atom_count(structure) result(atoms) bind(c)
      import
      type(c_ptr), value :: structure
      integer(c_size_t) :: atoms
    end function
    function c_structure_atom(structure, at) result(atom) bind(c, name="pleat_structure_atom")
      import
      type(c_ptr), value :: structure
      integer(c_size_t), value :: at
      type(pleat_atom) :: atom
    end function
    subroutine pleat_model_free(model) bind(c)
      import
      type(c_ptr), value :: model
    end subroutine
    ! queries(count), results(count)
    function pleat_predict(model, queries, count, results) result(status) bind(c)
      import
      type(c_ptr), value :: model
      type(c_ptr), intent(in) :: queries(*)
      integer(c_size_t), value :: count
      type(c_ptr), intent(out) :: results(*)
      integer(c_int) :: status
    end function
    function pleat_plan_predict(model, queries, count, plan) result(status) bind(c)
      import
      type(c_ptr), value :: model
      type(c_ptr), intent(in) :: queries(*)
      integer(c_size_t), value :: count
      type(pleat_plan), intent(out) :: plan
      integer(c_int) :: status
    end function
    subroutine pleat_target_free(target) bind(c)
      import
      type(c_ptr), value :: target
    end subroutine
    function pleat_target_residue_count(target) result(residues) bind(c)
      import
      type(c_ptr), value :: target
      integer(c_size_t) :: residues
    end function
    function pleat_design(model, target, settings, result) result(status) bind(c)
      import
      type(c_ptr), value :: model, target
      type(pleat_design_settings), intent(in) :: settings
      type(c_ptr), intent(out) :: result
      integer(c_int) :: status
    end function
    function pleat_score(model, target, settings, result) result(status) bind(c)
      import
      type(c_ptr), value :: model, target
      type(pleat_score_settings), intent(in) :: settings
      type(c_ptr), intent(out) :: result
      integer(c_int) :: status
    end function
    function pleat_pack(model, target, settings, result) result(status) bind(c)
      import
      type(c_ptr), value :: model, target
      type(pleat_pack_settings), intent(in) :: settings
      type(c_ptr), intent(out) :: result
      integer(c_int) :: status
    end function
    subroutine pleat_result_free(result) bind(c)
      import
      type(c_ptr), value :: result
    end subroutine
    ! belongs to the result; c_null_ptr when the model makes none
    function pleat_result_structure(result) result(structure) bind(c)
      import
      type(c_ptr), value :: result
      type(c_ptr) :: structure
    end function
    function pleat_result_sample_count(result) result(samples) bind(c)
      import
      type(c_ptr), value :: result
      integer(c_size_t) :: samples
    end function
    function pleat_result_is_sane(result) result(sane) bind(c)
      import
      type(c_ptr), value :: result
      integer(c_int) :: sane
    end function
  end interface

  interface
    function c_version() result(text) bind(c, name="pleat_version")
      import
      type(c_ptr) :: text
    end function
    function c_context_create(allocator, context) result(status) bind(c, name="pleat_context_create")
      import
      type(c_ptr), value :: allocator
      type(c_ptr), intent(out) :: context
      integer(c_int) :: status
    end function
    function c_context_error(context) result(text) bind(c, name="pleat_context_error")
      import
      type(c_ptr), value :: context
      type(c_ptr) :: text
    end function
    function c_context_set_models_dir(context, folder) result(status) bind(c, name="pleat_context_set_models_dir")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: folder(*)
      integer(c_int) :: status
    end function
    function c_query_create(context, name, sequence, query) result(status) bind(c, name="pleat_query_create")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*), sequence(*)
      type(c_ptr), intent(out) :: query
      integer(c_int) :: status
    end function
    function c_msa_read(context, path, msa) result(status) bind(c, name="pleat_msa_read")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(out) :: msa
      integer(c_int) :: status
    end function
    function c_structure_read(context, path, structure) result(status) bind(c, name="pleat_structure_read")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(out) :: structure
      integer(c_int) :: status
    end function
    function c_structure_write(structure, path) result(status) bind(c, name="pleat_structure_write")
      import
      type(c_ptr), value :: structure
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function c_model_open(context, name, model) result(status) bind(c, name="pleat_model_open")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(out) :: model
      integer(c_int) :: status
    end function
    function c_model_open_file(context, name, path, model) result(status) bind(c, name="pleat_model_open_file")
      import
      type(c_ptr), value :: context
      character(kind=c_char), intent(in) :: name(*), path(*)
      type(c_ptr), intent(out) :: model
      integer(c_int) :: status
    end function
    function c_model_set_option(model, name, value) result(status) bind(c, name="pleat_model_set_option")
      import
      type(c_ptr), value :: model
      character(kind=c_char), intent(in) :: name(*), value(*)
      integer(c_int) :: status
    end function
    function c_target_create(context, name, structure, selection, target) result(status) bind(c, name="pleat_target_create")
      import
      type(c_ptr), value :: context, structure, selection
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(out) :: target
      integer(c_int) :: status
    end function
    function c_target_set_option(target, name, value) result(status) bind(c, name="pleat_target_set_option")
      import
      type(c_ptr), value :: target
      character(kind=c_char), intent(in) :: name(*), value(*)
      integer(c_int) :: status
    end function
    function c_result_array(result, name, array) result(status) bind(c, name="pleat_result_array")
      import
      type(c_ptr), value :: result
      character(kind=c_char), intent(in) :: name(*)
      type(pleat_array), intent(out) :: array
      integer(c_int) :: status
    end function
    function c_result_write(result, path) result(status) bind(c, name="pleat_result_write")
      import
      type(c_ptr), value :: result
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: status
    end function
    function c_result_sample_sequence(result, sample) result(text) bind(c, name="pleat_result_sample_sequence")
      import
      type(c_ptr), value :: result
      integer(c_size_t), value :: sample
      type(c_ptr) :: text
    end function
    function c_strlen(text) result(length) bind(c, name="strlen")
      import
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function
  end interface

  ! values of a result by name, as a pointer of the array's rank
  interface pleat_result_array
    module procedure array_1, array_2, array_3, array_4
  end interface

  public :: pleat_version, pleat_context_create, pleat_context_free, pleat_context_error, pleat_context_set_threads, &
    pleat_context_set_memory_limit, pleat_context_set_precision, pleat_context_set_progress, &
    pleat_context_set_models_dir, pleat_progress, &
    pleat_query_create, pleat_query_free, pleat_query_set_msa, pleat_query_add_templates, pleat_query_template_count, &
    pleat_query_template_at, pleat_msa_read, pleat_msa_free, pleat_msa_row_count, pleat_msa_column_count, &
    pleat_structure_read, pleat_structure_write, pleat_structure_free, pleat_structure_atom_count, pleat_structure_atom, &
    pleat_model_open, pleat_model_open_file, pleat_model_free, pleat_model_set_option, pleat_predict, pleat_plan_predict, &
    pleat_target_create, pleat_target_free, pleat_target_set_option, pleat_target_residue_count, pleat_design, &
    pleat_score, pleat_pack, pleat_result_free, pleat_result_structure, pleat_result_array, pleat_result_write, &
    pleat_result_is_sane, pleat_result_sample_count, pleat_result_sample_sequence

contains

  function fortran_text(text) result(copy)
    type(c_ptr), intent(in) :: text
    character(len=:), allocatable :: copy
    character(kind=c_char), pointer :: letters(:)
    integer :: i
    copy = ""
    if (.not. c_associated(text)) return
    call c_f_pointer(text, letters, [c_strlen(text)])
    copy = repeat(" ", size(letters))
    do i = 1, size(letters)
      copy(i:i) = letters(i)
    end do
  end function

  ! for C; the caller deallocates it
  function c_text(text) result(letters)
    character(len=*), intent(in) :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: i
    allocate (letters(len(text) + 1))
    do i = 1, len(text)
      letters(i) = text(i:i)
    end do
    letters(len(text) + 1) = c_null_char
  end function

  function pleat_version() result(text)
    character(len=:), allocatable :: text
    text = fortran_text(c_version())
  end function

  function pleat_context_create(context) result(status)
    type(c_ptr), intent(out) :: context
    integer(c_int) :: status
    status = c_context_create(c_null_ptr, context)
  end function

  function pleat_context_error(context) result(text)
    type(c_ptr), intent(in) :: context
    character(len=:), allocatable :: text
    text = fortran_text(c_context_error(context))
  end function

  function pleat_context_set_models_dir(context, folder) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: folder
    integer(c_int) :: status
    status = c_context_set_models_dir(context, folder // c_null_char)
  end function

  function pleat_query_create(context, name, sequence, query) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: name, sequence
    type(c_ptr), intent(out) :: query
    integer(c_int) :: status
    status = c_query_create(context, name // c_null_char, sequence // c_null_char, query)
  end function

  ! hits: HHsearch's report; without it all structures of the folder are aligned; latest: "2018-04-30"
  function pleat_query_add_templates(query, folder, hits, latest) result(status)
    type(c_ptr), intent(in) :: query
    character(len=*), intent(in) :: folder
    character(len=*), intent(in), optional :: hits, latest
    integer(c_int) :: status
    character(kind=c_char), pointer :: folder_text(:), hits_text(:), latest_text(:)
    type(c_template_source) :: source
    folder_text => c_text(folder)
    source = c_template_source(c_loc(folder_text(1)), c_null_ptr, c_null_ptr)
    nullify (hits_text, latest_text)
    if (present(hits)) then
      hits_text => c_text(hits)
      source%hits = c_loc(hits_text(1))
    end if
    if (present(latest)) then
      latest_text => c_text(latest)
      source%latest = c_loc(latest_text(1))
    end if
    status = c_query_add_templates(query, source)
    deallocate (folder_text)
    if (present(hits)) deallocate (hits_text)
    if (present(latest)) deallocate (latest_text)
  end function

  ! templates count from 1
  function pleat_query_template_at(query, at) result(info)
    type(c_ptr), intent(in) :: query
    integer(c_size_t), intent(in) :: at
    type(pleat_template_info) :: info
    type(c_template_info) :: found
    found = c_query_template_at(query, at - 1)
    info%name = fortran_text(found%name)
    info%path = fortran_text(found%path)
    info%refused = fortran_text(found%refused)
    info%chain = found%chain + 1
    info%coverage = found%coverage
    info%identity = found%identity
    info%sum_probs = found%sum_probs
    info%digest = found%digest
  end function

  function pleat_msa_read(context, path, msa) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: path
    type(c_ptr), intent(out) :: msa
    integer(c_int) :: status
    status = c_msa_read(context, path // c_null_char, msa)
  end function

  function pleat_structure_read(context, path, structure) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: path
    type(c_ptr), intent(out) :: structure
    integer(c_int) :: status
    status = c_structure_read(context, path // c_null_char, structure)
  end function

  function pleat_structure_write(structure, path) result(status)
    type(c_ptr), intent(in) :: structure
    character(len=*), intent(in) :: path
    integer(c_int) :: status
    status = c_structure_write(structure, path // c_null_char)
  end function

  ! atoms count from 1
  function pleat_structure_atom(structure, at) result(atom)
    type(c_ptr), intent(in) :: structure
    integer(c_size_t), intent(in) :: at
    type(pleat_atom) :: atom
    atom = c_structure_atom(structure, at - 1)
  end function

  function pleat_model_open(context, name, model) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: name
    type(c_ptr), intent(out) :: model
    integer(c_int) :: status
    status = c_model_open(context, name // c_null_char, model)
  end function

  function pleat_model_open_file(context, name, path, model) result(status)
    type(c_ptr), intent(in) :: context
    character(len=*), intent(in) :: name, path
    type(c_ptr), intent(out) :: model
    integer(c_int) :: status
    status = c_model_open_file(context, name // c_null_char, path // c_null_char, model)
  end function

  function pleat_model_set_option(model, name, value) result(status)
    type(c_ptr), intent(in) :: model
    character(len=*), intent(in) :: name, value
    integer(c_int) :: status
    status = c_model_set_option(model, name // c_null_char, value // c_null_char)
  end function

  ! of all chains of the structure
  function pleat_target_create(context, name, structure, target) result(status)
    type(c_ptr), intent(in) :: context, structure
    character(len=*), intent(in) :: name
    type(c_ptr), intent(out) :: target
    integer(c_int) :: status
    status = c_target_create(context, name // c_null_char, structure, c_null_ptr, target)
  end function

  function pleat_target_set_option(target, name, value) result(status)
    type(c_ptr), intent(in) :: target
    character(len=*), intent(in) :: name, value
    integer(c_int) :: status
    status = c_target_set_option(target, name // c_null_char, value // c_null_char)
  end function

  function pleat_result_write(result, path) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: path
    integer(c_int) :: status
    status = c_result_write(result, path // c_null_char)
  end function

  ! samples count from 1
  function pleat_result_sample_sequence(result, sample) result(text)
    type(c_ptr), intent(in) :: result
    integer(c_size_t), intent(in) :: sample
    character(len=:), allocatable :: text
    text = fortran_text(c_result_sample_sequence(result, sample - 1))
  end function

  ! the array of this name and rank, its shape in Fortran's order
  function find_array(result, name, rank, values, shape) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: name
    integer, intent(in) :: rank
    type(c_ptr), intent(out) :: values
    integer(c_size_t), intent(out) :: shape(rank)
    integer(c_int) :: status
    type(pleat_array) :: array
    shape = 0
    status = c_result_array(result, name // c_null_char, array)
    if (status == pleat_ok .and. array%rank /= rank) status = pleat_error_shape
    if (status /= pleat_ok) return
    values = array%data
    shape = array%shape(rank:1:-1)
  end function

  function array_1(result, name, values) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: name
    real(c_float), pointer, intent(out) :: values(:)
    integer(c_int) :: status
    type(c_ptr) :: data
    integer(c_size_t) :: shape(1)
    nullify (values)
    status = find_array(result, name, 1, data, shape)
    if (status == pleat_ok) call c_f_pointer(data, values, shape)
  end function

  function array_2(result, name, values) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: name
    real(c_float), pointer, intent(out) :: values(:, :)
    integer(c_int) :: status
    type(c_ptr) :: data
    integer(c_size_t) :: shape(2)
    nullify (values)
    status = find_array(result, name, 2, data, shape)
    if (status == pleat_ok) call c_f_pointer(data, values, shape)
  end function

  function array_3(result, name, values) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: name
    real(c_float), pointer, intent(out) :: values(:, :, :)
    integer(c_int) :: status
    type(c_ptr) :: data
    integer(c_size_t) :: shape(3)
    nullify (values)
    status = find_array(result, name, 3, data, shape)
    if (status == pleat_ok) call c_f_pointer(data, values, shape)
  end function

  function array_4(result, name, values) result(status)
    type(c_ptr), intent(in) :: result
    character(len=*), intent(in) :: name
    real(c_float), pointer, intent(out) :: values(:, :, :, :)
    integer(c_int) :: status
    type(c_ptr) :: data
    integer(c_size_t) :: shape(4)
    nullify (values)
    status = find_array(result, name, 4, data, shape)
    if (status == pleat_ok) call c_f_pointer(data, values, shape)
  end function

end module
